import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readTimers } from '../../../src/host/doctor/read-timers.ts'
import { SYSTEMD_SHOWS, standInCommand } from '../../support/stand-in-command.ts'

/** Has `systemctl` be a script while the test runs. */
function useSystemctl(t: TestContext, script: string): void {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-timers-'))
  const before = process.env['PATH']
  process.env['PATH'] = standInCommand(directory, 'systemctl', script)
  t.after(() => {
    process.env['PATH'] = before
    rmSync(directory, { recursive: true })
  })
}

test('the timer and its service, as systemd 252 tells of them', async (t) => {
  useSystemctl(t, `[ "$1 $TZ $LC_ALL" = '--system UTC C' ] || exit 1\ncat <<'END'\n${SYSTEMD_SHOWS}\nEND`)
  const { user, system } = await readTimers({})
  assert.equal(user.kind, 'unavailable')
  assert.deepEqual(system, {
    kind: 'installed',
    enabled: 'enabled',
    state: 'waiting',
    lastAt: Date.UTC(2026, 10, 21, 6, 3, 11),
    nextAt: Date.UTC(2026, 10, 21, 12),
    lastStatus: 0
  })
})

for (const [name, line] of [
  ['not there', 'LoadState=not-found'],
  ['not enabled, without times', 'LoadState=loaded']
] as const) {
  test(`a timer that is ${name}`, async (t) => {
    const shows = `Id=claude-hooks-sweep.timer\n${line}\nUnitFileState=\nLastTriggerUSec=n/a\nNextElapseUSecRealtime=`
    useSystemctl(t, `cat <<'END'\n${shows}\nEND`)
    const { user } = await readTimers({ XDG_RUNTIME_DIR: '/run/user/7' })
    if (user.kind !== 'installed') return assert.deepEqual(user, { kind: 'absent' })
    assert.deepEqual([user.enabled, user.lastAt, user.nextAt], ['not enabled', null, null])
  })
}

test('a service manager that does not answer, or that says why not, holds nobody up', async (t) => {
  // The child of a child keeps the pipes open.
  useSystemctl(t, 'case $1 in --user) sleep 30;; *) echo "No bus" >&2; echo more >&2; exit 1;; esac')
  const started = performance.now()
  const { user, system } = await readTimers({}, 1000)
  assert.ok(performance.now() - started < 15_000)
  assert.deepEqual(user, { kind: 'unavailable', why: 'no answer within 1000 ms' })
  assert.deepEqual(system, { kind: 'unavailable', why: 'No bus' })
})

test('no systemd at all', async (t) => {
  const before = process.env['PATH']
  process.env['PATH'] = '/nonexistent'
  t.after(() => {
    process.env['PATH'] = before
  })
  const { user, system } = await readTimers({})
  assert.deepEqual([user, system], Array(2).fill({ kind: 'unavailable', why: 'there is no systemctl' }))
})
