import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { report, sweep } from '../support/run-command.ts'
import { useSandbox } from '../support/use-sandbox.ts'

/** The second request would be due after the deadline: a pass asks once, and does not wait in vain. */
const ONE_QUESTION = { SWEEPER_DEADLINE_MINUTES: '1', SWEEPER_API_INTERVAL_MS: '3600000' }

test('past the deadline the rest is skipped, without an error; the next pass goes on from there', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 1, state: 'open' },
    { number: 2, state: 'open' },
    { number: 3, state: 'closed' }
  ])
  for (const number of [1, 2, 3]) sandbox.addSession(`dev:charles/peon:${number}`)
  sandbox.addWorktree('dev', 'charles/peon', 'dev/3')

  const first = await sweep(sandbox, [], ONE_QUESTION)
  assert.equal(
    first.summary,
    'swept: 0 sessions, 0 worktrees, 0 cache clones; skipped: 3 (1 still active, 2 deadline)'
  )
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stderr, /SWEEPER_DEADLINE_MINUTES were over before 2 entries/)

  const second = await report(sandbox, [], ONE_QUESTION)
  assert.deepEqual(
    second.report.entries.map(({ reason }) => reason),
    ['deadline', 'open', 'deadline', 'referenced']
  )
  // The session goes; its worktree hinges on more, and on sessions that nobody asked about.
  const third = await report(sandbox, [], ONE_QUESTION)
  assert.deepEqual(
    third.report.entries.map(({ action, reason }) => [action, reason]),
    [
      ['keep', 'deadline'],
      ['keep', 'deadline'],
      ['drop', 'closed'],
      ['keep', 'deadline']
    ]
  )
  assert.deepEqual([third.report.errors, third.outcome.code], [[], 0])

  const last = await sweep(sandbox)
  assert.match(last.summary, /^swept: 0 sessions, 1 worktrees, .*; skipped: 2 \(still active\)/)
  const ledger = JSON.parse(readFileSync(join(sandbox.stateDir, 'sweeper/ledger.json'), 'utf8')) as object
  assert.deepEqual(
    Object.entries(ledger).find(([name]) => name === 'turns'),
    ['turns', {}]
  )
})
