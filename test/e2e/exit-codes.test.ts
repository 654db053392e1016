import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { report, start, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

/** A closed issue with session and worktree: what a pass would sweep, if it could. */
function addClosed(sandbox: Sandbox): string {
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  sandbox.addSession('dev:charles/peon:7')
  return sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
}

function assertUntouched(sandbox: Sandbox, worktree: string): void {
  assert.deepEqual(sandbox.sessionKeys, ['dev:charles/peon:7'])
  assert.equal(existsSync(worktree), true)
}

test('64: wrong usage', async (t) => {
  const sandbox = await useSandbox(t)
  for (const args of [['--no-such-flag'], ['no-such-command'], ['sweep', 'too much']]) {
    const { code, stderr, stdout } = await sweep(sandbox, args)
    assert.equal(code, 64)
    assert.match(stderr, /^error: .*\nTry claude-hooks-sweep --help\.\n$/s)
    assert.equal(stdout, '')
  }
})

test('65: a corrupt session store, and nothing is removed', async (t) => {
  for (const text of ['{"a": ', '', '[]', '{"a":1}}', '\xff', '{"a": "\u0001"}']) {
    const sandbox = await useSandbox(t)
    const worktree = addClosed(sandbox)
    writeFileSync(sandbox.store, text, 'latin1')
    const { code, stderr, stdout } = await sweep(sandbox)
    assert.equal(code, 65, JSON.stringify(text))
    assert.match(stderr, /sessions\.json is not .*nothing was removed/)
    assert.equal(stdout, '')
    assert.equal(readFileSync(sandbox.store, 'latin1'), text)
    assert.equal(existsSync(worktree), true)
  }
})

test('69: Forgejo cannot be reached, and what needs its word stays', async (t) => {
  const sandbox = await useSandbox(t)
  const worktree = addClosed(sandbox)
  const old = { sessionId: 'old', updatedAt: new Date(Date.now() - 40 * DAY).toISOString() }
  sandbox.addSession('boss:charles/peon:1', old)
  const nowhere = { FORGEJO_URL: 'http://127.0.0.1:9/', SWEEPER_MAX_TRIES: '1' }
  const { report: result, outcome } = await report(sandbox, [], nowhere)
  assert.equal(outcome.code, 69)
  assert.equal(result.exitCode, 69)
  assert.equal(result.errors[0]?.code, 'FORGEJO_UNREACHABLE')
  assert.deepEqual(result.swept.sessions, 1, 'what is too old goes all the same')
  assertUntouched(sandbox, worktree)
})

test('70: a bug shows its stack, without the token', async (t) => {
  const sandbox = await useSandbox(t)
  addClosed(sandbox)
  const fault = join(sandbox.path, 'fault.mjs')
  const bug = 'AbortSignal.timeout = () => { throw new TypeError("broken: " + process.env.FORGEJO_TOKEN) }'
  writeFileSync(fault, bug)
  const { code, stderr } = await sweep(sandbox, [], {
    NODE_OPTIONS: `--import=${fault}`,
    FORGEJO_TOKEN: 's3cret-t0ken'
  })
  assert.equal(code, 70)
  assert.match(stderr, /This is a bug/)
  assert.match(stderr, /broken: \[redacted\]/)
  assert.doesNotMatch(stderr, /s3cret/)
})

test('70: an exception that nobody caught', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'open' }])
  sandbox.addSession('dev:charles/peon:7')
  const faulty = join(sandbox.path, 'faulty.cjs')
  writeFileSync(
    faulty,
    "process.once('newListener', () => setImmediate(() => { throw new Error('nobody') }))"
  )
  const { code, stderr } = await sweep(sandbox, [], { NODE_OPTIONS: `--require=${faulty}` })
  assert.match(stderr, /Error: nobody/)
  assert.equal(code, 70)
})

test('75: another pass holds the lock, and is named', async (t) => {
  const sandbox = await useSandbox(t)
  addClosed(sandbox)
  sandbox.forgejo.delayMs = 60_000
  const holder = start([], sandbox.env)
  t.after(() => holder.kill('SIGKILL'))
  await eventually(() => sandbox.forgejo.seen.length > 0)

  const { code, stderr } = await sweep(sandbox)
  assert.equal(code, 75)
  assert.match(stderr, new RegExp(`pid ${holder.pid}, started 20\\d\\d-`))
  assert.equal((await sweep(sandbox, ['--dry-run', '--max-age-days', 'x'])).code, 78)

  holder.kill('SIGKILL')
  await holder.ended
  sandbox.forgejo.delayMs = 0
  assert.equal((await sweep(sandbox)).code, 0, 'a dead holder is no holder')
})

test('a dry run needs no lock', async (t) => {
  const sandbox = await useSandbox(t)
  mkdirSync(join(sandbox.stateDir, 'sweeper'))
  const lock = join(sandbox.stateDir, 'sweeper/lock')
  const holder = spawn('flock', [lock, 'sleep', '60'], { stdio: 'ignore', detached: true })
  t.after(() => process.kill(-(holder.pid ?? 0), 'SIGKILL'))
  await once(holder, 'spawn')
  await eventually(() => existsSync(lock))
  assert.equal((await sweep(sandbox, ['-n'])).code, 0)
})

for (const [name, token, says] of [
  ['a token that Forgejo does not know', 'bad', /refused the token \(401\)/],
  ['a token without read:issue', 'read:user', /lacks the scope read:issue/],
  ['a token without read:repository', 'read:issue', /lacks the scope read:repository/]
] as const) {
  test(`77: ${name}`, async (t) => {
    const sandbox = await useSandbox(t)
    const worktree = addClosed(sandbox)
    const { code, stderr, stdout } = await sweep(sandbox, [], { FORGEJO_TOKEN: token })
    assert.equal(code, 77)
    assert.match(stderr, says)
    assert.equal(stdout, '')
    assertUntouched(sandbox, worktree)
  })
}

test('78: every setting that is wrong is named', async (t) => {
  const sandbox = await useSandbox(t)
  const env = { FORGEJO_URL: 'ftp://x', FORGEJO_TOKEN: '', MAX_AGE_DAYS: '0', SWEEPER_API_INTERVAL_MS: '10' }
  const { code, stderr } = await sweep(sandbox, ['--state-dir', '/no/such/place'], env)
  assert.equal(code, 78)
  const lines = stderr
    .trimEnd()
    .split('\n')
    .map((line) => String(JSON.parse(line).msg))
  const names = lines.map((line) => line.split(':')[0])
  assert.deepEqual(names, [
    'FORGEJO_URL',
    'FORGEJO_TOKEN',
    'MAX_AGE_DAYS',
    'SWEEPER_API_INTERVAL_MS',
    '--state-dir'
  ])
})

test('78: a session store that is a directory', async (t) => {
  const sandbox = await useSandbox(t)
  mkdirSync(sandbox.store)
  const { code, stderr } = await sweep(sandbox)
  assert.equal(code, 78)
  assert.match(stderr, /sessions\.json cannot be used/)
})

test('a state directory without a store is an empty store, with a warning; no cache directory, no worktrees', async (t) => {
  const sandbox = await useSandbox(t)
  rmSync(sandbox.cacheDir, { recursive: true })
  const { code, stdout, stderr } = await sweep(sandbox)
  assert.equal(code, 0)
  assert.equal(stdout, 'swept: 0 sessions, 0 worktrees, 0 cache clones; skipped: 0 (still active)\n')
  assert.match(stderr, /There is no .*sessions\.json/)
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143]
] as const) {
  test(`${code}: ${signal} ends the pass after the question in hand, and removes nothing new`, async (t) => {
    const sandbox = await useSandbox(t)
    sandbox.forgejo.add(
      'charles/peon',
      [1, 2, 3].map((number) => ({ number, state: 'closed' }))
    )
    for (const number of [1, 2, 3]) sandbox.addSession(`dev:charles/peon:${number}`)
    sandbox.forgejo.delayMs = 300
    const running = start(['--json'], sandbox.env)
    await eventually(() => sandbox.forgejo.seen.length > 0)
    running.kill(signal)
    const outcome = await running.ended
    assert.equal(outcome.code, code)
    const result = JSON.parse(outcome.stdout)
    assert.deepEqual(result.skipped, { total: 3, byReason: { interrupted: 3 } })
    assert.deepEqual(result.errors, [])
    assert.equal(sandbox.forgejo.seen.length, 1)
    assert.equal(sandbox.sessionKeys.length, 3)
  })
}

test('143: SIGTERM ends an explanation, too', async (t) => {
  const sandbox = await useSandbox(t)
  addClosed(sandbox)
  sandbox.forgejo.delayMs = 300
  const running = start(['explain', 'dev/charles__peon__dev%2F7'], sandbox.env)
  await eventually(() => sandbox.forgejo.seen.length > 0)
  running.kill('SIGTERM')
  const { code, stdout } = await running.ended
  assert.deepEqual([code, sandbox.forgejo.seen.length], [143, 1])
  assert.match(stdout, /^→ keep: interrupted$/m)
})

/** Waits until something is so; the suite's own limit ends a wait in vain. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
