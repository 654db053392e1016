import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, keep } from '../../src/domain/decision.ts'
import { known, unknown } from '../../src/domain/fact.ts'
import { GIVE_UP_AFTER, guardRetry, guardWork, pauseAfter } from '../../src/domain/guard-removal.ts'
import { isSkipped, limitRemovals, type Planned } from '../../src/domain/plan.ts'
import { PUSHED } from '../support/work.ts'

const REMOVE: Decision = { action: 'remove', reason: 'closed', evidence: {} }
const DROP: Decision = { action: 'drop', reason: 'closed', evidence: {} }

const session = (decision: Decision): Planned => ({
  kind: 'session',
  session: { text: 'k', key: null, ageMs: 0, heartbeatMs: known(null) },
  pull: null,
  decision
})

test('the limit is on all that would go; at the limit everything goes', () => {
  const plan = [session(DROP), session(DROP), session(keep('open'))]
  assert.equal(limitRemovals(plan, 0), plan)
  assert.equal(limitRemovals(plan, 2), plan)
  const held = limitRemovals(plan, 1).map(({ decision }) => decision)
  assert.deepEqual(
    held.map(({ reason }) => reason),
    ['max-removals', 'max-removals', 'open']
  )
  assert.deepEqual(held[0]?.evidence, { would: 'drop', because: 'closed' })
})

test('a kept worktree counts as skipped unless a kept session refers to it', () => {
  const worktree = {
    path: '',
    agent: '',
    place: known(true as const),
    repo: unknown('UNSAFE_PATH', ''),
    branch: null,
    namedBranch: null,
    locked: known(null),
    usage: known(null),
    heartbeatMs: known(null),
    ageMs: known(0)
  }
  const placed = { worktree, number: null, branches: new Set<string>(), numbers: new Set<number>() }
  const planned = (decision: Decision, referenced: boolean): Planned => ({
    kind: 'worktree',
    placed,
    decision,
    work: null,
    rescue: null,
    referenced
  })
  assert.equal(isSkipped(planned(keep('locked'), false)), true)
  assert.equal(isSkipped(planned(keep('locked'), true)), false)
  assert.equal(isSkipped(planned(REMOVE, false)), false)
  assert.equal(isSkipped(session(keep('open'))), true)
})

test('pauses grow: none, 1, 3 and 7 passes, then it gives up', () => {
  assert.deepEqual(
    [1, 2, 3, 4].map((count) => pauseAfter(count, 10)),
    [0, 10, 30, 70]
  )
  const after = (count: number, now: number) => guardRetry(REMOVE, { count, lastAt: 0 }, now, 10).reason
  assert.equal(after(2, 9), 'failed')
  assert.equal(after(2, 10), 'closed')
  assert.equal(after(GIVE_UP_AFTER, 1e9), 'gave-up')
  assert.equal(guardRetry(REMOVE, undefined, 0, 10), REMOVE)
})

test('what cannot be rescued, or that nobody knows what it holds, keeps a worktree', () => {
  assert.equal(guardWork(REMOVE, known(PUSHED)), REMOVE)
  assert.equal(guardWork(REMOVE, known({ ...PUSHED, holds: 'a file' })), REMOVE)
  assert.equal(guardWork(REMOVE, known({ ...PUSHED, obstacle: 'a pipe' })).reason, 'unsaved')
  assert.equal(guardWork(REMOVE, unknown('WORKTREE_UNREADABLE', 'x')).reason, 'unknown')
})
