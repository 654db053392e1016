import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideSession, type SessionFacts } from '../../src/domain/decide-session.ts'
import { known, notAsked, unknown } from '../../src/domain/fact.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'

const OPEN: SessionFacts = {
  validKey: true,
  protectedBy: null,
  usage: known(null),
  heartbeatMs: known(null),
  staleMs: 10 * MINUTE,
  ageMs: 0,
  clockFault: null,
  issue: known({ state: 'open', pull: false })
}

const closed = (merged: boolean) =>
  known({ state: 'closed', pull: merged, merged, closedAt: 'then' } as const)
const failed = unknown('FORGEJO_TIMEOUT', 'too slow')
const blind = unknown('PROCESSES_UNREADABLE', 'no /proc')
const unasked = notAsked({ kind: 'issue', repo: { owner: 'o', name: 'r' }, number: 1 })
const OLD = 31 * DAY

const ROWS: readonly (readonly [string, Partial<SessionFacts>, string])[] = [
  ['row 1: its key does not parse', { validKey: false, protectedBy: 'x' }, 'keep invalid-key KEY_INVALID'],
  ['row 2: it is protected, though in use', { protectedBy: 'boss:*', usage: known('git') }, 'keep protected'],
  ['row 3: its worktree is in use, though old', { usage: known('process 1'), ageMs: OLD }, 'keep busy'],
  [
    'row 3: its heartbeat is fresh, though old and closed',
    { heartbeatMs: known(9 * MINUTE), ageMs: OLD },
    'keep busy'
  ],
  [
    'row 3: its heartbeat is fresh, by a clock that is wrong',
    { heartbeatMs: known(0), clockFault: 'wrong' },
    'keep busy'
  ],
  [
    'row 3: its heartbeat is exactly too old',
    { heartbeatMs: known(10 * MINUTE), ageMs: OLD },
    'drop max-age'
  ],
  [
    'an old heartbeat by a clock that is wrong',
    { heartbeatMs: known(DAY), issue: closed(false), clockFault: 'wrong' },
    'keep unknown'
  ],
  [
    'a heartbeat that cannot be read',
    { heartbeatMs: blind, issue: closed(false) },
    'keep unknown PROCESSES_UNREADABLE'
  ],
  ['row 4: too old, without asking', { ageMs: OLD, issue: unasked }, 'drop max-age'],
  ['row 4: too old, though open', { ageMs: OLD }, 'drop max-age'],
  ['row 4 by a wrong clock', { ageMs: OLD, clockFault: 'wrong' }, 'keep unknown'],
  [
    'row 4, but who uses its worktree is unknown',
    { ageMs: OLD, usage: blind },
    'keep unknown PROCESSES_UNREADABLE'
  ],
  ['exactly as old as allowed is not too old', { ageMs: 30 * DAY }, 'keep open'],
  ['row 5: merged', { issue: closed(true) }, 'drop merged'],
  ['row 6: closed', { issue: closed(false) }, 'drop closed'],
  [
    'row 6, but who uses its worktree is unknown',
    { issue: closed(false), usage: blind },
    'keep unknown PROCESSES_UNREADABLE'
  ],
  ['row 7: open', {}, 'keep open'],
  ['row 7: open, though who uses its worktree is unknown', { usage: blind }, 'keep open'],
  ['row 8: the issue is missing', { issue: known({ state: 'missing' }) }, 'keep not-found'],
  ['row 8: the repo is not visible', { issue: known({ state: 'not-visible' }) }, 'keep not-found'],
  ['row 9: the answer is unknown', { issue: failed }, 'keep unknown FORGEJO_TIMEOUT'],
  ['row 9: not asked yet', { issue: unasked }, 'keep unknown NOT_ASKED'],
  ['the deadline came before it was asked is no error', { issue: unknown('DEADLINE', 'x') }, 'keep deadline'],
  ['interrupted before it was asked is no error', { issue: unknown('INTERRUPTED', 'x') }, 'keep interrupted']
]

for (const [name, facts, expected] of ROWS) {
  test(`${name} → ${expected}`, () => {
    const { action, reason, fault } = decideSession({ ...OPEN, ...facts }, 30)
    assert.equal([action, reason, fault?.code].filter(Boolean).join(' '), expected)
  })
}

test('the evidence says what decided', () => {
  assert.deepEqual(decideSession({ ...OPEN, issue: closed(true) }, 30).evidence, { closedAt: 'then' })
  assert.deepEqual(decideSession({ ...OPEN, ageMs: OLD }, 30).evidence, { ageMs: OLD, maxAgeDays: 30 })
  assert.deepEqual(decideSession({ ...OPEN, protectedBy: 'o/*' }, 30).evidence, { pattern: 'o/*' })
  assert.equal(decideSession({ ...OPEN, issue: unasked }, 30).question?.kind, 'issue')
})
