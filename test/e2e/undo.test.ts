import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { killedAfter, shiftClock } from '../support/preload.ts'
import { report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { contents } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const KEY = 'dev:charles/peon:7'

interface Swept {
  readonly sandbox: Sandbox
  readonly run: string
  readonly paths: readonly string[]
  readonly before: readonly Record<string, string>[]
  readonly session: unknown
}

/** A pass that took a session and two worktrees with work of their own. */
async function sweepTwo(t: TestContext): Promise<Swept> {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  sandbox.addSession('boss:charles/peon:4')
  sandbox.addSession(KEY)
  const paths = [
    sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' }),
    sandbox.addWorktree('reviewer', 'charles/peon', 'dev/7', { dirty: 'modified' })
  ]
  const before = paths.map(contents)
  const session = sessionOf(sandbox)
  const { report: result, outcome } = await report(sandbox)
  assert.equal(outcome.code, 0)
  assert.deepEqual([result.swept.worktrees, result.swept.sessions, result.rescued], [2, 1, 2])
  return { sandbox, run: result.run, paths, before, session }
}

const sessionOf = (sandbox: Sandbox): unknown => JSON.parse(readFileSync(sandbox.store, 'utf8'))[KEY]

test('history lists the pass and what it changed; undo brings all of it back, and can be repeated', async (t) => {
  const { sandbox, run, paths, before, session } = await sweepTwo(t)
  // Needs neither Forgejo nor its settings.
  const settings = { FORGEJO_URL: '', FORGEJO_TOKEN: '' }
  const list = await sweep(sandbox, ['history'], settings)
  assert.match(
    list.stdout,
    new RegExp(`^${run}  \\S+  1 sessions dropped, 2 worktrees removed, 2 rescued\\n$`)
  )
  const detail = await sweep(sandbox, ['history', run.slice(0, 12)], settings)
  assert.match(detail.stdout, /removed {7}.*dev%2F7 {2}closed\n {2}rescue {2}refs\/claude-hooks-sweep\//)
  assert.match(detail.stdout, /dropped {7}dev:charles\/peon:7 {2}closed/)

  const undone = await sweep(sandbox, ['undo', run], settings)
  assert.equal(undone.code, 0, undone.stderr)
  assert.equal(undone.summary, 'undone: 3 brought back, 0 already back, 0 left, 0 failed')
  assert.deepEqual(paths.map(contents), before)
  assert.deepEqual(sessionOf(sandbox), session)

  const again = await sweep(sandbox, ['undo', run], settings)
  assert.equal(again.code, 0)
  assert.equal(again.summary, 'undone: 0 brought back, 3 already back, 0 left, 0 failed')
  const runs = JSON.parse((await sweep(sandbox, ['history', '--json'], settings)).stdout)
  assert.deepEqual(
    runs.map(({ changes }: { changes: { kind: string }[] }) => changes.map(({ kind }) => kind)),
    [
      ['worktree', 'worktree', 'session'],
      ['brought-back', 'brought-back', 'brought-back']
    ]
  )
})

test('what came back stays with the next pass, until the session is written anew', async (t) => {
  const { sandbox, run, paths } = await sweepTwo(t)
  await sweep(sandbox, ['undo', run])
  const { report: result } = await report(sandbox)
  assert.deepEqual(result.swept, { sessions: 0, worktrees: 0, cacheClones: 0, artifacts: 0, containers: 0 })
  assert.deepEqual(result.skipped.byReason, { open: 1, protected: 1 })
  assert.deepEqual(paths.map(existsSync), [true, true])
  sandbox.addSession(KEY, { sessionId: 'anew' })
  assert.equal((await report(sandbox)).report.swept.sessions, 1)
})

test('a clock 40 days ahead does not take the protection from what came back', async (t) => {
  const { sandbox, run, paths } = await sweepTwo(t)
  await sweep(sandbox, ['undo', run])
  await report(sandbox, [], shiftClock(40 * DAY))
  const { report: result } = await report(sandbox)
  assert.equal(result.skipped.byReason.protected, 1)
  assert.deepEqual(paths.map(existsSync), [true, true])
})

for (const [when, call, path] of [
  ['the first worktree is at its place', 'rmdirSync', /\/\d{8}T\d{6}Z-[0-9a-f]{4}\.1$/],
  ['the sessions are in the store', 'renameSync', / \S*\/sessions\.json$/]
] as const) {
  test(`an undo that is killed when ${when}: the next pass leaves alone what is back`, async (t) => {
    const { sandbox, run, paths, before } = await sweepTwo(t)
    const killed = await sweep(sandbox, ['undo', run], killedAfter(call, path))
    assert.equal(killed.code, null, killed.stdout)
    const [first = ''] = paths
    assert.ok(existsSync(first))
    const back = sessionOf(sandbox)
    const { report: result } = await report(sandbox)
    assert.equal(result.swept.worktrees, 0)
    assert.deepEqual(contents(first), before[0])
    assert.deepEqual(sessionOf(sandbox), back)
    const again = await sweep(sandbox, ['undo', run, '--only', first])
    assert.equal(again.summary, 'undone: 0 brought back, 1 already back, 0 left, 0 failed')
  })
}

test('undo --only brings one entry back; nothing newer is overwritten', async (t) => {
  const { sandbox, run, paths, before } = await sweepTwo(t)
  const [first = '', second = ''] = paths
  const one = await sweep(sandbox, ['undo', run, '--only', first])
  assert.equal(one.summary, 'undone: 1 brought back, 0 already back, 0 left, 0 failed')
  assert.deepEqual(contents(first), before[0])
  assert.equal(existsSync(second), false)

  renameSync(first, second)
  sandbox.addSession(KEY, 'a newer one')
  const text = readFileSync(sandbox.store, 'utf8')
  const rest = await sweep(sandbox, ['undo', run])
  assert.equal(rest.code, 1)
  assert.match(rest.stdout, /^left {10}.*reviewer.*: something newer stands in its place$/m)
  assert.match(rest.stdout, /^left {10}dev:charles\/peon:7: a newer session has its key$/m)
  assert.equal(readFileSync(sandbox.store, 'utf8'), text)
})

test('a newer worktree at the same place is not called back', async (t) => {
  const { sandbox, run, paths } = await sweepTwo(t)
  const [first = ''] = paths
  await sweep(sandbox, ['undo', run, '--only', first])
  renameSync(first, `${first}-moved`)
  mkdirSync(first)
  const again = await sweep(sandbox, ['undo', run, '--only', first])
  assert.match(again.stdout, /^left .*: something newer stands in its place$/m)
})

test('an older run does not bring back what a newer one took away again', async (t) => {
  const { sandbox, run, paths } = await sweepTwo(t)
  const [first = ''] = paths
  const [agent = ''] = first.slice(join(sandbox.cacheDir, 'worktrees/').length).split('/')
  const branch = decodeURIComponent(first.split('charles__peon__')[1] ?? '')
  sandbox.addWorktree(agent, 'charles/peon', branch)
  const newer = await report(sandbox)
  assert.equal(newer.report.swept.worktrees, 1)
  const old = await sweep(sandbox, ['undo', run, '--only', first])
  assert.match(
    old.stdout,
    new RegExp(`^left .*: the run ${newer.report.run} took a newer one away: undo that$`, 'm')
  )
  assert.equal((await sweep(sandbox, ['undo', newer.report.run, '--only', first])).code, 0)
})

test('what there is not cannot be undone: one sentence, exit 64', async (t) => {
  const { sandbox, run } = await sweepTwo(t)
  const none = await sweep(sandbox, ['undo', '2020'])
  assert.equal(none.code, 64)
  assert.match(none.stderr, /There is no run \\?"2020\\?": claude-hooks-sweep history lists them/)
  const other = await sweep(sandbox, ['undo', run, '--only', 'boss:x/y:1'])
  assert.equal(other.code, 64)
  assert.match(other.stderr, /took nothing c/)
  assert.equal((await sweep(sandbox, ['undo'])).code, 64)
})

test('rescues and journals past SWEEPER_UNDO_DAYS go with a later pass, by a clock that Forgejo confirms', async (t) => {
  const { sandbox, run } = await sweepTwo(t)
  const journals = join(sandbox.stateDir, 'sweeper/journal')
  const copy = (copied: string) => {
    const text = readFileSync(join(journals, `${run}.ndjson`), 'utf8')
    writeFileSync(join(journals, `${copied}.ndjson`), text.replaceAll(run, copied))
  }
  const refs = () =>
    sandbox.git(
      sandbox.clonePath('charles/peon'),
      'for-each-ref',
      '--format=%(refname)',
      'refs/claude-hooks-sweep'
    )
  const [old, wrongClock] = ['20260101T000000Z-0000', '20260201T000000Z-0000']
  for (const copied of [old, wrongClock]) copy(copied)
  const ref = refs().split('\n')[0] ?? ''
  sandbox.git(sandbox.clonePath('charles/peon'), 'update-ref', ref.replace(run, old), ref)
  const ledger = join(sandbox.stateDir, 'sweeper/ledger.json')
  const { keptSince, ...rest } = JSON.parse(readFileSync(ledger, 'utf8'))
  const aged = { ...keptSince, [old]: { at: Date.now() - 31 * DAY } }
  writeFileSync(ledger, JSON.stringify({ ...rest, keptSince: aged }))
  sandbox.addSession('dev:charles/peon:1')
  await sweep(sandbox)
  // By its name the other run is as old; the machine's clock may have been slow then.
  assert.deepEqual(readdirSync(journals).slice(0, 2), [`${wrongClock}.ndjson`, `${run}.ndjson`])
  assert.doesNotMatch(refs(), new RegExp(old))
  assert.match(refs(), new RegExp(run))
})
