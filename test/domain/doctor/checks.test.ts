import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Check, exitCodeOfChecks, hint, ok, warning, wrong } from '../../../src/domain/doctor/check.ts'
import { checkDirectories, type DirectoryFacts } from '../../../src/domain/doctor/check-directories.ts'
import { checkDisk } from '../../../src/domain/doctor/check-disk.ts'
import { checkClock, checkForgejo } from '../../../src/domain/doctor/check-forgejo.ts'
import { checkProcesses, type ProcessFacts } from '../../../src/domain/doctor/check-processes.ts'
import { checkPrograms, type Programs } from '../../../src/domain/doctor/check-programs.ts'
import { checkSessions } from '../../../src/domain/doctor/check-sessions.ts'
import { checkSettings, type SettingFacts } from '../../../src/domain/doctor/check-settings.ts'
import { known, unknown } from '../../../src/domain/fact.ts'
import { DAY, MINUTE } from '../../../src/domain/time.ts'

const NOW = Date.UTC(2026, 10, 21, 8)

/** `ok Node`, `wrong git 78`, … */
const said = (checks: readonly Check[]): string[] =>
  checks.map(({ outcome, name, exitCode }) => `${outcome} ${name}${exitCode === 0 ? '' : ` ${exitCode}`}`)

test('the exit code is that of what a pass would meet first', () => {
  const codeOf = (...checks: Check[]) => exitCodeOfChecks([{ title: '', checks }])
  const [fine, look, shrug] = [ok('', ''), warning('', '', ''), hint('', '', '')]
  assert.equal(codeOf(fine, shrug), 0)
  assert.equal(codeOf(fine, shrug, look), 1)
  assert.equal(codeOf(look, wrong('', '', '', 69)), 69)
  assert.equal(codeOf(wrong('', '', '', 77), wrong('', '', '', 69)), 77)
  assert.equal(codeOf(wrong('', '', '', 77), wrong('', '', '', 65)), 65)
  assert.equal(codeOf(wrong('', '', '', 65), wrong('', '', ''), wrong('', '', '', 78)), 78)
})

const PROGRAMS: Programs = {
  node: '20.20.2',
  git: { kind: 'runs', says: 'git version 2.39.5' },
  flock: { kind: 'runs', says: 'flock from util-linux 2.38.1' }
}

for (const [name, more, expected] of [
  ['all in order', {}, ['ok Node', 'ok git', 'ok flock']],
  ['a newer Node', { node: '26.1.0' }, ['ok Node', 'ok git', 'ok flock']],
  ['an older Node', { node: '20.19.9' }, ['wrong Node 1', 'ok git', 'ok flock']],
  ['a much older Node', { node: '18.99.0' }, ['wrong Node 1', 'ok git', 'ok flock']],
  ['no git', { git: { kind: 'missing' } }, ['ok Node', 'wrong git 1', 'ok flock']],
  ['a git that fails', { git: { kind: 'fails', why: 'no' } }, ['ok Node', 'wrong git 1', 'ok flock']],
  [
    'an old git',
    { git: { kind: 'runs', says: 'git version 2.35.9' } },
    ['ok Node', 'warning git 1', 'ok flock']
  ],
  ['a strange git', { git: { kind: 'runs', says: 'hello' } }, ['ok Node', 'warning git 1', 'ok flock']],
  ["busybox's flock", { flock: { kind: 'fails', why: 'usage' } }, ['ok Node', 'ok git', 'ok flock']],
  ['no flock', { flock: { kind: 'missing' } }, ['ok Node', 'ok git', 'wrong flock 78']]
] as const) {
  test(`programs: ${name}`, () => assert.deepEqual(said(checkPrograms({ ...PROGRAMS, ...more })), expected))
}

test('settings: where each came from, and what is wrong with it', () => {
  const base = { name: 'MAX_AGE_DAYS', source: 'MAX_AGE_DAYS', origin: 'default', text: '30', fault: null }
  const one = (more: Partial<SettingFacts>) => {
    const [, check] = checkSettings({ path: '/e', exists: true, problems: [] }, [{ ...base, ...more }], [])
    return [check?.outcome, check?.saw, check?.advice]
  }
  assert.deepEqual(one({}), ['ok', '30 (default)', null])
  assert.deepEqual(one({ text: '' }), ['ok', 'none (default)', null])
  assert.deepEqual(one({ text: null, origin: 'env file' }), ['ok', 'set (env file)', null])
  const flag = { source: '--max-age-days', origin: 'flag' }
  assert.deepEqual(one(flag), ['ok', '30 (flag, --max-age-days)', null])
  const fault = 'expected a number'
  assert.deepEqual(one({ ...flag, fault }), ['wrong', '"30" (flag, --max-age-days)', fault])
  assert.deepEqual(one({ text: null, origin: 'environment', fault }), [
    'wrong',
    'set, not shown (environment)',
    fault
  ])
  assert.deepEqual(one({ text: null, fault }), ['wrong', 'missing', fault])
})

test('settings: the env file, and what is to be seen to', () => {
  const look = (exists: boolean, problems: string[], warnings: string[]) =>
    checkSettings({ path: '/e', exists, problems }, [], warnings)
  assert.deepEqual(look(true, [], []), [ok('env file', '/e')])
  assert.deepEqual(look(false, [], []), [ok('env file', 'none (/e would be read)')])
  assert.deepEqual(said(look(true, ['/e cannot be read'], [])), ['wrong env file 78'])
  const warnings = [
    'Others can read /e, which holds a token: chmod 600 it',
    '/e: there is no setting SWEEPER_X'
  ]
  assert.deepEqual(look(true, [], warnings).slice(1), [
    warning('env file', 'Others can read /e, which holds a token', 'chmod 600 it'),
    warning('env file', 'there is no setting SWEEPER_X', 'mend its name in /e, or take it out')
  ])
})

const directory = (more: object = {}): DirectoryFacts => ({
  path: '/d',
  kind: 'directory',
  owner: 7,
  mode: 0o700,
  device: 1,
  writable: true,
  ...more
})
const absent: DirectoryFacts = { path: '/d', kind: 'absent' }
const unusable: DirectoryFacts = { path: '/d', kind: 'unusable', why: 'is not a directory' }
const PLACES = ['state', 'sweeper', 'cache', 'worktrees', 'trash'] as const
const allAs = (facts: DirectoryFacts) => ({
  user: 7,
  ...{ state: facts, sweeper: facts, cache: facts, worktrees: facts, trash: facts }
})

for (const [name, facts, expected] of [
  ['all in order', directory(), ['ok', 'ok', 'ok', 'ok', 'ok', 'ok']],
  ['none there', absent, ['wrong 78', 'ok', 'warning 1', 'ok', 'ok']],
  ['no directories', unusable, ['wrong 78', 'wrong 78', 'wrong 78', 'wrong 1', 'wrong 1']],
  [
    'not writable',
    directory({ writable: false }),
    ['wrong 78', 'wrong 78', 'wrong 78', 'wrong 1', 'wrong 1', 'ok']
  ],
  [
    "another user's",
    directory({ owner: 8 }),
    ['warning 1', 'warning 1', 'warning 1', 'warning 1', 'warning 1', 'ok']
  ],
  ['readable by others', directory({ mode: 0o755 }), ['ok', 'warning 1', 'ok', 'ok', 'warning 1', 'ok']],
  [
    'writable by others',
    directory({ mode: 0o722 }),
    ['warning 1', 'warning 1', 'warning 1', 'warning 1', 'warning 1', 'ok']
  ]
] as const) {
  test(`directories: ${name}`, () => {
    const checks = checkDirectories(allAs(facts))
    assert.deepEqual(
      checks.map(({ outcome, exitCode }) => `${outcome}${exitCode === 0 ? '' : ` ${exitCode}`}`),
      expected
    )
  })
}

test('directories: root may use what is another user’s', () => {
  const codes = checkDirectories({ ...allAs(directory()), user: 0 }).map(({ exitCode }) => exitCode)
  assert.deepEqual(new Set(codes), new Set([0]))
})

test('directories: worktrees and trash on different file systems', () => {
  const other = { ...allAs(directory()), worktrees: directory({ device: 2 }) }
  assert.deepEqual(said(checkDirectories(other)).at(-1), 'wrong file system 1')
  assert.deepEqual(said(checkDirectories({ ...other, trash: absent })).at(-1), 'wrong file system 1')
  assert.equal(checkDirectories(allAs(directory())).length, PLACES.length + 1)
})

test('sessions: entries by their form, keys by theirs', () => {
  const entries = [
    { key: 'dev:a/b:1', value: 'id' },
    { key: 'boss:A/b:2', value: { sessionId: 'x', updatedAt: '2026-11-20T00:00:00Z' } },
    { key: 'boss:c/d:2', value: { times: 1 } },
    { key: 'dev:c/d:9', value: [] }
  ]
  const [store, keys] = checkSessions('/s', { kind: 'read', entries })
  assert.equal(
    store?.saw,
    '4 entries: 1 plain ids, 1 objects with an id, 1 objects without an id, 1 of no known form; 1 with a time'
  )
  assert.equal(keys?.saw, '4 of the form <agent>:<owner>/<repo>:<number>, of 2 agents in 2 repos')
  assert.equal(keys?.outcome, 'ok')

  const strange = (...texts: string[]) =>
    checkSessions('/s', { kind: 'read', entries: texts.map((key) => ({ key, value: null })) })[1]
  assert.match(strange('x', 'y')?.saw ?? '', /; 2 are not: "x", "y"$/)
  assert.match(strange('1', '2', '3', '4')?.saw ?? '', /; 4 are not: "1", "2", "3", …$/)
  assert.equal(strange('x')?.outcome, 'warning')
  assert.equal(checkSessions('/s', { kind: 'read', entries: [] })[0]?.saw, 'no entries')
  assert.deepEqual(said(checkSessions('/s', { kind: 'absent' })), ['warning session store 1'])
  assert.deepEqual(said(checkSessions('/s', { kind: 'corrupt', why: '' })), ['wrong session store 65'])
  assert.deepEqual(said(checkSessions('/s', { kind: 'unusable', why: '' })), ['wrong session store 78'])
})

const REPO = { owner: 'a', name: 'b' }
const doubt = unknown('FORGEJO_TIMEOUT', 'no answer')

test('Forgejo: not asked, not there, the token refused', () => {
  for (const url of ['https://forge.test/', undefined]) {
    assert.deepEqual(said(checkForgejo(url, { kind: 'not-asked' })), ['warning server'])
    assert.deepEqual(said(checkForgejo(url, { kind: 'unreachable', why: '' })), ['wrong server 69'])
    assert.deepEqual(said(checkForgejo(url, { kind: 'refused' })), ['ok server', 'wrong token 77'])
  }
})

for (const [name, fact, expected] of [
  ['all in order', true, ['ok server', 'ok token, read:issue', 'ok a/b']],
  ['scope and repo wanting', false, ['ok server', 'wrong token, read:issue 77', 'warning a/b 1']]
] as const) {
  test(`Forgejo: ${name}`, () => {
    for (const url of ['https://forge.test/', undefined]) {
      const checks = checkForgejo(url, {
        kind: 'asked',
        version: known('16.0.0'),
        scopes: [['read:issue', known(fact)]],
        repos: [[REPO, known(fact)]]
      })
      assert.deepEqual(said(checks), expected)
    }
  })
}

test('Forgejo: answers that are none', () => {
  for (const url of ['https://forge.test/', undefined]) {
    const facts = {
      kind: 'asked',
      version: doubt,
      scopes: [['read:issue', doubt]],
      repos: [[REPO, doubt]]
    } as const
    assert.deepEqual(said(checkForgejo(url, facts)), [
      'wrong server 1',
      'warning token, read:issue 1',
      'warning a/b 1'
    ])
  }
})

test('the clock against Forgejo’s', () => {
  assert.deepEqual(checkClock(NOW, -1200), ok('clock', "2 s from Forgejo's"))
  assert.equal(checkClock(NOW, 6 * MINUTE).outcome, 'warning')
  assert.equal(checkClock(NOW, 2 * DAY).outcome, 'wrong')
  assert.equal(checkClock(NOW, null).exitCode, 0)
  assert.equal(checkClock(0, null).outcome, 'wrong')
})

const SEEN: ProcessFacts = { user: 7, agents: [7], hidepid: null, doubt: null, hidden: 0, contained: false }

for (const [name, more, expected] of [
  ["this user's own", {}, 'ok processes'],
  ['root sees all', { user: 0, agents: [7, 8] }, 'ok processes'],
  ['no worktrees yet', { agents: [] }, 'ok processes'],
  ['a process of this user hides', { doubt: 'it hides' }, 'warning processes 1'],
  ["another user's", { agents: [7, 8] }, 'wrong processes 1'],
  ["another user's, behind hidepid", { agents: [8], hidepid: '2' }, 'wrong processes 1'],
  ['even from root', { user: 0, agents: [7], hidden: 3 }, 'wrong processes 1'],
  ['in a container', { contained: true }, 'warning processes']
] as const) {
  test(`processes: ${name}`, () => assert.deepEqual(said([checkProcesses({ ...SEEN, ...more })]), [expected]))
}

for (const [name, free, expected] of [
  ['enough', { kind: 'known', freeBytes: 100, freeFiles: 1000 }, 'ok free, cache'],
  ['no limit of files', { kind: 'known', freeBytes: 100, freeFiles: null }, 'ok free, cache'],
  ['too little', { kind: 'known', freeBytes: 99, freeFiles: null }, 'warning free, cache 1'],
  ['too few files', { kind: 'known', freeBytes: 100, freeFiles: 999 }, 'warning free, cache 1'],
  ['unknown', { kind: 'unknown', why: 'ENOENT' }, 'warning free, cache 1']
] as const) {
  test(`disk: ${name}`, () =>
    assert.deepEqual(said([checkDisk({ name: 'cache', ...free }, 100)]), [expected]))
}
