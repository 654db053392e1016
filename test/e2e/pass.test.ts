import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { snapshot } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const OLD = { sessionId: 'old', updatedAt: new Date(Date.now() - 40 * DAY).toISOString() }

test('a closed issue loses its session and the worktrees of every agent, an open one keeps its own', async (t) => {
  const sandbox = await useSandbox(t)
  const clone = sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  sandbox.addSession('boss:charles/peon:4')
  sandbox.addSession('dev:charles/peon:7')
  const open = sandbox.addWorktree('boss', 'charles/peon', 'boss/4')
  const closed = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const reviewed = sandbox.addWorktree('reviewer', 'charles/peon', 'dev/7')

  const { code, stdout } = await sweep(sandbox)

  assert.match(
    stdout,
    /^swept: 1 sessions, 2 worktrees, 0 cache clones; skipped: 1 \(still active\); freed: \d+\.\d kB\n$/
  )
  assert.equal(code, 0)
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4'])
  assert.deepEqual([open, closed, reviewed].map(existsSync), [true, false, false])
  assert.doesNotMatch(sandbox.git(clone, 'worktree', 'list'), /dev%2F7/)
  assert.equal(sandbox.git(clone, 'branch', '--list', 'dev/7'), '', 'the service can make dev/7 anew')
  assert.equal(sandbox.git(clone, 'fsck', '--no-dangling'), '')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
})

test('a merged pull request takes the worktrees of its head branch along', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 9, state: 'closed', merged: true, head: { branch: 'feature-x' } }
  ])
  sandbox.addSession('reviewer:charles/peon:9')
  const path = sandbox.addWorktree('reviewer', 'charles/peon', 'feature-x')
  const { report: result } = await report(sandbox)
  assert.deepEqual(result.swept, { sessions: 1, worktrees: 1, cacheClones: 0, artifacts: 0, containers: 0 })
  assert.deepEqual(
    result.entries.map(({ action, reason }) => [action, reason]),
    [
      ['drop', 'merged'],
      ['remove', 'merged']
    ]
  )
  assert.equal(existsSync(path), false)
})

test('an issue closed while its pull request is open loses its session, not its checkout', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 7, state: 'closed' },
    { number: 8, state: 'open', head: { branch: 'dev/7' } }
  ])
  sandbox.addSession('dev:charles/peon:7')
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const { report: result } = await report(sandbox)
  assert.deepEqual(
    result.entries.map(({ action, reason }) => [action, reason]),
    [
      ['drop', 'closed'],
      ['keep', 'open-pull']
    ]
  )
  assert.equal(existsSync(path), true)
})

test('a session past the maximum age goes without a question, whatever Forgejo says', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.forgejo.add('charles/peon', [{ number: 1, state: 'open' }])
  sandbox.addSession('boss:charles/peon:1', OLD)
  const { report: result } = await report(sandbox)
  assert.equal(result.entries[0]?.reason, 'max-age')
  assert.equal(result.exitCode, 0)
  assert.deepEqual(sandbox.sessionKeys, [])
  assert.equal(sandbox.forgejo.seen.length, 0)
})

test('orphans: gone with a closed issue, kept with an open one, too young to go without any', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 1, state: 'closed' },
    { number: 2, state: 'open' }
  ])
  const paths = ['dev/1', 'dev/2', 'dev/3', 'topic'].map((branch) =>
    sandbox.addWorktree('dev', 'charles/peon', branch)
  )
  const { stdout } = await sweep(sandbox)
  assert.match(
    stdout,
    /^swept: 0 sessions, 1 worktrees, 0 cache clones; skipped: 3 \(1 still active, 2 too young\)/
  )
  assert.deepEqual(paths.map(existsSync), [false, true, true, true])
})

for (const [dirty, says] of [
  ['commit', /^a commit that no remote has/],
  ['modified', /^1 uncommitted change \(README.md\)$/],
  ['staged', /^1 staged change \(README.md\)$/],
  ['untracked', /^1 untracked file \(notes.txt\)$/],
  ['ignored', /^1 ignored file \(.env\)$/]
] as const) {
  test(`a worktree that holds something ${dirty} is rescued before it goes`, async (t) => {
    const sandbox = await useSandbox(t)
    const clone = sandbox.addClone('charles/peon')
    sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
    const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty })
    const { report: result, outcome } = await report(sandbox)
    assert.equal(outcome.code, 0)
    assert.equal(result.rescued, 1)
    const [entry] = result.entries
    assert.ok(entry?.kind === 'worktree' && entry.rescue !== undefined)
    const [line] = readFileSync(journalOf(sandbox, result.run), 'utf8').match(/^.*"rescued".*$/m) ?? []
    assert.match(JSON.parse(line ?? '{}').holds, says)
    assert.match(sandbox.git(clone, 'for-each-ref', entry.rescue), / commit\t/)
    assert.equal(existsSync(path), false)
  })
}

test('what cannot be rescued stays, as an error that names it', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { files: { 'data.bin': 'x'.repeat(2e6) } })
  const before = snapshot(path)
  const { report: result, outcome } = await report(sandbox, [], { SWEEPER_RESCUE_MAX_MB: '1' })
  assert.equal(outcome.code, 1)
  assert.match(result.errors[0]?.message ?? '', /^It holds 2\.0 MB of files .*data\.bin/)
  assert.deepEqual(result.skipped.byReason, { unsaved: 1 })
  assert.deepEqual(snapshot(path), before)
})

const journalOf = (sandbox: Sandbox, run: string) =>
  join(sandbox.stateDir, 'sweeper/journal', `${run}.ndjson`)

test('a dry run decides the same and changes not one byte or time', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  sandbox.addSession('dev:charles/peon:7')
  sandbox.addSession('bare:charles/peon:7', 'an id without a time')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  sandbox.addWorktree('boss', 'charles/peon', 'boss/7', { dirty: 'modified' })
  const before = [snapshot(sandbox.stateDir), snapshot(sandbox.cacheDir)]
  const dry = await report(sandbox, ['-n'])
  assert.deepEqual([snapshot(sandbox.stateDir), snapshot(sandbox.cacheDir)], before)
  const wet = await report(sandbox)
  assert.deepEqual(dry.report.swept, wet.report.swept)
  assert.deepEqual(dry.report.skipped, wet.report.skipped)
  assert.equal(dry.report.dryRun, true)
  assert.equal((await sweep(sandbox, ['--dry-run'])).summary.startsWith('would sweep: 0 sessions'), true)
})

test('the store keeps every byte of what stays, its order, and its mode', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.forgejo.add('charles/peon', [
    { number: 1, state: 'open' },
    { number: 2, state: 'closed' }
  ])
  const now = new Date().toISOString()
  const kept = `{"b":{"n":1.0,"big":12345678901234567890,"e":"\\u00e9"},"updatedAt":"${now}" }`
  const text = `{\n  "boss:charles/peon:1" :${kept},\n\t"dev:charles/peon:2": "gone",\n  "__proto__": "odd"\n}`
  writeFileSync(sandbox.store, text, { mode: 0o640 })
  const { report: result } = await report(sandbox)
  assert.equal(result.errors[0]?.code, 'KEY_INVALID')
  assert.equal(
    readFileSync(sandbox.store, 'utf8'),
    `{\n  "boss:charles/peon:1" :${kept},\n  "__proto__": "odd"\n}`
  )
  assert.equal(statSync(sandbox.store).mode & 0o777, 0o640)
})

test('the ledger ages sessions without a time, and last-run.json holds the report', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.forgejo.add('charles/peon', [{ number: 1, state: 'open' }])
  sandbox.addSession('boss:charles/peon:1', 'a bare id')
  const { report: first } = await report(sandbox)
  const lastRun: unknown = JSON.parse(readFileSync(join(sandbox.stateDir, 'sweeper/last-run.json'), 'utf8'))
  assert.deepEqual(lastRun, first)

  const ledger = join(sandbox.stateDir, 'sweeper/ledger.json')
  const text = readFileSync(ledger, 'utf8')
  const aged = text.replace(/"at":(\d+)/, (_all, at: string) => `"at":${Number(at) - 31 * DAY}`)
  writeFileSync(ledger, aged)
  const { report: second } = await report(sandbox)
  assert.equal(second.entries[0]?.reason, 'max-age')
})

test('more removals than allowed: none is made', async (t) => {
  const sandbox = await useSandbox(t)
  for (const number of [1, 2, 3]) sandbox.addSession(`boss:charles/peon:${number}`, OLD)
  const { report: result, outcome } = await report(sandbox, [], { SWEEPER_MAX_REMOVALS: '2' })
  assert.equal(outcome.code, 1)
  assert.equal(result.swept.sessions, 0)
  assert.equal(result.errors[0]?.code, 'TOO_MANY_REMOVALS')
  assert.equal(sandbox.sessionKeys.length, 3)
})
