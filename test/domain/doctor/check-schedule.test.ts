import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLastReport, checkTimers, type TimerFacts } from '../../../src/domain/doctor/check-schedule.ts'
import { HOUR } from '../../../src/domain/time.ts'

const NOW = Date.UTC(2026, 10, 21, 8)

const installed = (more: object = {}): TimerFacts => ({
  kind: 'installed',
  enabled: 'enabled',
  state: 'waiting',
  lastAt: NOW - HOUR,
  nextAt: NOW + HOUR,
  lastStatus: 0,
  ...more
})
const absent: TimerFacts = { kind: 'absent' }
const silent: TimerFacts = { kind: 'unavailable', why: 'no bus' }

for (const [name, user, system, lingers, expected] of [
  ['in order', installed(), absent, true, ['ok']],
  ['a pass is running', installed({ state: 'running' }), absent, true, ['ok']],
  ['another pass was at work', installed({ lastStatus: 75 }), absent, true, ['ok']],
  ['enabled until the next boot', installed({ enabled: 'enabled-runtime' }), absent, true, ['ok']],
  ["the system's, without lingering", silent, installed(), false, ['ok']],
  ['both', installed(), installed(), true, ['ok', 'ok']],
  [
    'disabled',
    installed({ enabled: 'disabled' }),
    absent,
    true,
    ['systemctl --user enable --now claude-hooks-sweep.timer']
  ],
  ['not started', silent, installed({ state: 'dead' }), true, ['systemctl restart claude-hooks-sweep.timer']],
  ['ends with the last logout', installed(), absent, false, ['loginctl enable-linger']],
  [
    'the last run failed',
    silent,
    installed({ lastStatus: 78 }),
    true,
    ['journalctl -u claude-hooks-sweep.service']
  ],
  ['nowhere', absent, absent, true, ['claude-hooks-sweep install']],
  ['only the user can be asked', absent, silent, true, ['claude-hooks-sweep install']]
] as const) {
  test(`timer: ${name}`, () => {
    const checks = checkTimers({ user, system, lingers }, 6)
    assert.deepEqual(
      checks.map(({ outcome, advice }) => advice ?? outcome),
      expected
    )
    assert.deepEqual(
      checks.map(({ exitCode }) => exitCode),
      expected.map((text) => (text === 'ok' ? 0 : 1))
    )
  })
}

test('timer: where nobody can be asked, that alone is no fault', () => {
  const [none] = checkTimers({ user: silent, system: silent, lingers: false }, 6)
  assert.deepEqual([none?.outcome, none?.exitCode], ['warning', 0])
  assert.match(none?.advice ?? '', /cron, run a pass every 6 hours/)
  const [half] = checkTimers({ user: silent, system: absent, lingers: false }, 6)
  assert.deepEqual([half?.outcome, half?.exitCode], ['warning', 0])
})

test('timer: its times are told', () => {
  const [timer] = checkTimers({ user: installed({ lastAt: null }), system: absent, lingers: true }, 6)
  assert.equal(timer?.saw, 'enabled, waiting; last run none, next 2026-11-21T09:00:00.000Z')
})

for (const [name, facts, expected] of [
  ['fresh', { kind: 'read', finishedAt: NOW - 12 * HOUR, exitCode: 0 }, 'ok'],
  ['too old', { kind: 'read', finishedAt: NOW - 12.1 * HOUR, exitCode: 0 }, 'warning'],
  ['failed', { kind: 'read', finishedAt: NOW, exitCode: 1 }, 'warning'],
  ['none', { kind: 'absent' }, 'warning'],
  ['unreadable', { kind: 'unreadable', why: 'is no report' }, 'warning']
] as const) {
  test(`last report: ${name}`, () => assert.equal(checkLastReport('/r', facts, NOW, 6).outcome, expected))
}
