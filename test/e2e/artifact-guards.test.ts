import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { ClaudeHome, isThere, writeAged } from '../support/claude-home.ts'
import { shiftClock } from '../support/preload.ts'
import { report, start, sweep } from '../support/run-command.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const ID = '0b0e7c1e-9d3c-4b7e-8f0a-111111111111'

async function useHome(t: TestContext) {
  const sandbox = await useSandbox(t)
  writeFileSync(sandbox.store, '{}\n')
  return { sandbox, home: new ClaudeHome(sandbox) }
}

for (const part of ['projects', 'projects/p', 'debug', 'todos', 'telemetry']) {
  test(`the ${part} of a home are no log directory`, async (t) => {
    const { sandbox, home } = await useHome(t)
    sandbox.addSession('dev:charles/peon:4', ID)
    sandbox.forgejo.add('charles/peon', [{ number: 4, state: 'open' }])
    const names = ['projects/p/x.jsonl', 'debug/x.txt', 'todos/x.json', 'telemetry/x.json']
    const wanted = names.map((name) => home.add(name.replace('x', ID), 90))
    const { code, stderr } = await sweep(sandbox, [], {
      ...home.env,
      SWEEPER_LOG_DIRS: join(home.path, part)
    })
    assert.equal(code, 1)
    assert.match(stderr, /is no log directory/)
    assert.ok(wanted.every(isThere))
  })
}

test('a home is no log directory, whether it is set as a home or not', async (t) => {
  const { sandbox, home } = await useHome(t)
  const wanted = [home.add('settings.json', 90), home.add('projects/p/memory/MEMORY.md', 90)]
  for (const path of [home.path, join(sandbox.path, 'agents/dev')]) {
    const { code } = await sweep(sandbox, [], { SWEEPER_LOG_DIRS: path })
    assert.equal(code, 1, path)
  }
  assert.ok(wanted.every(isThere))
})

test('a checkout in a log directory, or in debug logs, stays', async (t) => {
  const { sandbox, home } = await useHome(t)
  const log = writeAged(join(home.logs, 'x.log'), 90)
  const wanted = [join(home.logs, 'clone'), join(home.path, 'debug/clone')].flatMap((path) => [
    writeAged(join(path, '.git/HEAD'), 90),
    writeAged(join(path, 'src/index.ts'), 90)
  ])
  const worktree = join(home.logs, 'worktree')
  wanted.push(writeAged(join(worktree, '.git'), 90), writeAged(join(worktree, 'a.ts'), 90))
  const { report: result, outcome } = await report(sandbox, [], home.env)
  assert.equal(outcome.code, 1)
  assert.equal(result.errors.length, 3)
  assert.match(result.errors[0]?.message ?? '', /is a git checkout/)
  assert.deepEqual([...wanted, log].filter(isThere), wanted)
})

test('a checkout is no home, and a home that is kept in git is one', async (t) => {
  const { sandbox, home } = await useHome(t)
  const wanted = writeAged(join(sandbox.path, 'agents/dev/debug/source.ts'), 90)
  for (const path of [join(sandbox.path, 'agents/dev'), home.path]) mkdirSync(join(path, '.git'))
  const { code, stderr } = await sweep(sandbox, [], { SWEEPER_CLAUDE_HOMES: `${sandbox.path}/agents/*` })
  assert.equal(code, 1)
  assert.match(stderr, /is a git checkout: take it out of SWEEPER_CLAUDE_HOMES/)
  assert.ok(isThere(wanted))
  const old = home.add('debug/x.txt', 90)
  assert.equal((await sweep(sandbox, [], home.env)).code, 0)
  assert.ok(!isThere(old))
})

test('a log directory in another is gone through once', async (t) => {
  const { sandbox, home } = await useHome(t)
  writeAged(join(home.logs, 'below/x.log'), 90)
  const env = { SWEEPER_LOG_DIRS: `${home.logs}/below,${home.logs},${home.logs}/` }
  assert.equal((await report(sandbox, ['-n'], env)).report.swept.artifacts, 1)
})

test('a database that is meant to spare artifacts is none', async (t) => {
  const { sandbox, home } = await useHome(t)
  for (const [name, env] of [
    ['SWEEPER_LOG_DIRS', { SWEEPER_LOG_DIRS: home.logs }],
    ['SWEEPER_CLAUDE_HOMES', { SWEEPER_CLAUDE_HOMES: home.path }]
  ] as const) {
    const path = join(name === 'SWEEPER_LOG_DIRS' ? home.logs : join(home.path, 'debug'), 'messages.db')
    mkdirSync(join(home.path, 'debug'), { recursive: true })
    execFileSync('sqlite3', [path, 'CREATE TABLE sessions (session_id TEXT)'])
    execFileSync('touch', ['-d', '90 days ago', path])
    const { code, stderr } = await sweep(sandbox, [], { ...env, SWEEPER_ACTIVE_DB: path })
    assert.equal(code, 1, name)
    assert.match(stderr, new RegExp(`take it out of ${name}`))
    assert.ok(isThere(path))
  }
})

const noMounts =
  spawnSync('unshare', ['--mount', 'true']).status === 0 ? false : 'no mount namespace can be made here'

test('the state directory by another name is no log directory', { skip: noMounts }, async (t) => {
  const { sandbox } = await useHome(t)
  const alias = join(sandbox.path, 'alias/logs')
  mkdirSync(alias, { recursive: true })
  const wanted = writeAged(join(sandbox.stateDir, 'other.json'), 90)
  const script = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" "$1" && shift && exec "$@"']
  const via = [...script, sandbox.stateDir, alias]
  const { code, stderr } = await start([], { ...sandbox.env, SWEEPER_LOG_DIRS: alias }, via).ended
  assert.equal(code, 1, stderr)
  assert.match(stderr, /is no log directory/)
  assert.ok(isThere(wanted))
})

test('what a kept session names stays, whatever it is kept for', async (t) => {
  const { sandbox, home } = await useHome(t)
  const ids = [1, 2, 3, 4, 5].map((number) => ID.replace('111111111111', `11111111111${number}`))
  sandbox.addSession('dev:charles/peon:4', { id: ids[0], updatedAt: '2020-01-01T00:00:00Z' })
  sandbox.addSession('not a key', ids[1])
  sandbox.addSession('dev:charles/other:5', { claude: { ids: [ids[2]] } })
  sandbox.addSession('dev:charles/other:6', [ids[3]])
  sandbox.addSession('dev:charles/peon:7', { session_id: ids[4]?.toUpperCase() })
  const wanted = ids.map((id) => home.add(`projects/p/${id}.jsonl`, 90))
  const old = home.add(`projects/p/${ID}0.jsonl`, 90)
  const { code, stderr } = await sweep(sandbox, [], { ...home.env, SWEEPER_PROTECT: 'charles/*' })
  assert.equal(code, 1, stderr)
  assert.deepEqual([...wanted, old].filter(isThere), wanted)
})

test('by a clock that is ahead nothing goes, even when there is nothing else to ask Forgejo about', async (t) => {
  const { sandbox, home } = await useHome(t)
  sandbox.addSession('dev:charles/peon:4', { id: ID, updatedAt: new Date().toISOString() })
  const young = home.add('debug/x.txt', 1)
  const { code, stderr } = await sweep(sandbox, [], { ...home.env, ...shiftClock(40 * DAY) })
  assert.ok(isThere(young), stderr)
  assert.equal(code, 1)
  assert.match(stderr, /CLOCK_SKEW/)
})

test('with a token that Forgejo refuses nothing goes, though nothing else is asked', async (t) => {
  const { sandbox, home } = await useHome(t)
  sandbox.addSession('dev:charles/peon:4', { id: ID, updatedAt: '2020-01-01T00:00:00Z' })
  const old = home.add('debug/x.txt', 90)
  const { code, stderr } = await sweep(sandbox, [], { ...home.env, FORGEJO_TOKEN: 'bad' })
  assert.equal(code, 77, stderr)
  assert.ok(isThere(old))
  assert.deepEqual(sandbox.sessionKeys, ['dev:charles/peon:4'])
})

test('while Forgejo confirms no clock nothing goes', async (t) => {
  const { sandbox, home } = await useHome(t)
  const old = home.add('debug/x.txt', 90)
  const nowhere = { FORGEJO_URL: 'http://127.0.0.1:9/', SWEEPER_MAX_TRIES: '1' }
  const { code, stderr } = await sweep(sandbox, [], { ...home.env, ...nowhere })
  assert.ok(isThere(old), stderr)
  assert.equal(code, 69, stderr)
})

test('names with newlines and escapes go as any, and forge no line of a log', async (t) => {
  const { sandbox, home } = await useHome(t)
  const odd = ['a\nERROR forged', 'b\u001b[31m', 'c"\\', '-rf', '*', 'd\ud800'].map((name) =>
    home.add(`debug/${name}`, 90)
  )
  home.add(`projects/p\nERROR forged/x/y`, 90)
  home.add(`projects/p\nERROR forged/x.jsonl`, 90)
  symlinkSync('/', join(home.path, 'projects/l\nERROR forged'))
  const settings = { ...home.env, LOG_LEVEL: 'debug' }
  const { code, stderr } = await sweep(sandbox, ['--log-format', 'pretty'], settings)
  assert.equal(code, 1)
  assert.deepEqual(odd.filter(isThere), [])
  assert.doesNotMatch(stderr, /^ERROR forged/m)
  assert.ok(!stderr.includes('\u001b[31m'))
})
