import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideSession, explainSession, type SessionFacts } from '../../src/domain/decide-session.ts'
import { decideWorktree, explainWorktree, type WorktreeFacts } from '../../src/domain/decide-worktree.ts'
import { type Decision, keep } from '../../src/domain/decision.ts'
import { explainLimit, explainRetry, explainWork } from '../../src/domain/explain-removal.ts'
import { known, notAsked, unknown } from '../../src/domain/fact.ts'
import { decideBy, explainBy, type Step } from '../../src/domain/ladder.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { PUSHED } from '../support/work.ts'

const repo = { owner: 'o', name: 'r' }
const timeout = unknown('FORGEJO_TIMEOUT', 'too slow')
const blind = unknown('PROCESSES_UNREADABLE', 'no /proc')
const closed = known({ state: 'closed', pull: true, merged: true, closedAt: '2026-11-19T10:00:00Z' } as const)
const open = known({ state: 'open', pull: false } as const)
const missing = known({ state: 'missing' } as const)
const hidden = known({ state: 'not-visible' } as const)
const unasked = notAsked({ kind: 'issue', repo, number: 7 })
const list = notAsked({ kind: 'open-pulls', repo })

/** The rules that decided, each with what it saw and its outcome. */
const deciding = (steps: readonly Step[]): string[] =>
  steps.flatMap(({ title, saw, outcome }) =>
    outcome === null ? [] : [`${title} [${saw}] ${outcome.action} ${outcome.reason}`]
  )

const lastOutcome = (steps: readonly Step[]): Decision | null | undefined =>
  steps.findLast(({ outcome }) => outcome !== null)?.outcome

const SESSION: SessionFacts = {
  validKey: true,
  protectedBy: null,
  usage: known(null),
  heartbeatMs: known(null),
  staleMs: 10 * MINUTE,
  ageMs: 0,
  clockFault: null,
  issue: open
}

const SESSION_ROWS: readonly (readonly [Partial<SessionFacts>, ...string[]])[] = [
  [{ validKey: false }, 'its key does not parse [it does not] keep invalid-key'],
  [{ protectedBy: 'boss:*' }, 'a protect pattern matches it [boss:*] keep protected'],
  [{ usage: known('process 7 (node)') }, 'its worktree is in use [process 7 (node)] keep busy'],
  [{ heartbeatMs: known(3 * MINUTE) }, 'its heartbeat is fresh [3.0 minutes ago, limit 10] keep busy'],
  [
    { ageMs: 41.2 * DAY, issue: unasked },
    'it is older than the maximum age [41.2 days old, limit 30] drop max-age'
  ],
  [
    { ageMs: 41.2 * DAY, clockFault: 'the clock is wrong' },
    'it is older than the maximum age [41.2 days old, limit 30; the clock is wrong] keep unknown'
  ],
  [{ issue: closed }, 'its issue or pull request is closed [closed 2026-11-19, merged] drop merged'],
  [{}, 'it is open [open] keep open'],
  [{ issue: missing }, 'it is missing, or its repo is not visible [missing] keep not-found'],
  [{ issue: hidden }, 'it is missing, or its repo is not visible [repo not visible] keep not-found'],
  [{ issue: timeout }, "Forgejo's answer is unknown [unknown: too slow] keep unknown"],
  [
    { issue: closed, usage: blind },
    'its issue or pull request is closed [closed 2026-11-19, merged] drop merged',
    'it would go, but whether somebody is at work on it is unknown [unknown: no /proc] keep unknown'
  ]
]

for (const [facts, ...expected] of SESSION_ROWS) {
  test(`a session: ${expected.at(-1)}`, () => {
    const steps = explainSession({ ...SESSION, ...facts }, 30)
    assert.deepEqual(deciding(steps), expected)
    assert.deepEqual(lastOutcome(steps), decideSession({ ...SESSION, ...facts }, 30))
  })
}

/** An orphan whose pull request is merged and that nothing protects. */
const WORKTREE: WorktreeFacts = {
  place: known(true),
  protectedBy: known(null),
  locked: known(null),
  referencedBy: known(null),
  openPull: known(null),
  usage: known(null),
  heartbeatMs: known(null),
  staleMs: 10 * MINUTE,
  number: known(7),
  issue: closed,
  closedPull: known(null),
  ageMs: known(0),
  clockFault: null
}
const noNumber = { number: known(null), issue: unknown('NOT_ASKED', 'no number') }
const MERGED = 'its issue or pull request is closed [closed 2026-11-19, merged] remove merged'
const DOUBT = 'it would go, but something that would protect it is unknown'

const WORKTREE_ROWS: readonly (readonly [Partial<WorktreeFacts>, ...string[]])[] = [
  [
    { place: unknown('UNSAFE_PATH', 'It is a link') },
    'it is not a real directory inside the root [It is a link] keep unsafe-path'
  ],
  [{ protectedBy: known('o/*') }, 'a protect pattern matches it [o/*] keep protected'],
  [{ locked: known('demo') }, 'it is locked by git worktree lock [demo] keep locked'],
  [{ locked: known('') }, 'it is locked by git worktree lock [locked, without a reason] keep locked'],
  [{ referencedBy: known('dev:o/r:7') }, 'a kept session refers to it [dev:o/r:7] keep referenced'],
  [{ referencedBy: list }, 'a kept session refers to it [not asked] keep unknown'],
  [{ openPull: known(9) }, 'its branch is the head of an open pull request [#9] keep open-pull'],
  [{ usage: known('index.lock') }, 'it is in use [index.lock] keep busy'],
  [
    { heartbeatMs: known(3 * MINUTE) },
    'the heartbeat of its session is fresh [3.0 minutes ago, limit 10] keep busy'
  ],
  [{ number: timeout }, 'its repo is unknown [unknown: too slow] keep unknown'],
  [{}, MERGED],
  [
    { issue: open, closedPull: known({ number: 9, merged: false, closedAt: null }) },
    'a closed pull request has its branch as head [#9, closed] remove closed'
  ],
  [
    { issue: open, closedPull: notAsked({ kind: 'pull-head', repo, number: 9 }) },
    'a closed pull request has its branch as head [not asked] keep unknown'
  ],
  [
    { ...noNumber, ageMs: known(3 * DAY) },
    'its branch holds no number [none; 3.0 days old, limit 30] keep too-young'
  ],
  [{ ...noNumber, ageMs: blind }, 'its branch holds no number [none; unknown: no /proc] keep unknown'],
  [{ issue: open }, 'its issue is open [open] keep open'],
  [
    { issue: missing, ageMs: known(90 * MINUTE) },
    'its issue is missing while its repo is visible [missing; 1.5 hours old, limit 1] remove not-found'
  ],
  [
    { issue: hidden, openPull: list, ageMs: known(31 * DAY) },
    'its repo is not visible [repo not visible; 31.0 days old, limit 30] remove max-age'
  ],
  [{ issue: timeout }, "Forgejo's answer is unknown [unknown: too slow] keep unknown"],
  [{ usage: blind }, MERGED, `${DOUBT} [unknown: no /proc] keep unknown`],
  [{ openPull: list }, MERGED, `${DOUBT} [not asked] keep unknown`]
]

for (const [facts, ...expected] of WORKTREE_ROWS) {
  test(`a worktree: ${expected.at(-1)}`, () => {
    const steps = explainWorktree({ ...WORKTREE, ...facts }, 30)
    assert.deepEqual(deciding(steps), expected)
    assert.deepEqual(lastOutcome(steps), decideWorktree({ ...WORKTREE, ...facts }, 30))
  })
}

test('rules that did not decide tell what they saw, too', () => {
  const saw = (steps: readonly Step[]) => steps.map((step) => step.saw)
  assert.deepEqual(saw(explainSession({ ...SESSION, issue: unasked, ageMs: 31 * DAY }, 30)), [
    'it parses',
    'none',
    'none',
    'none',
    '31.0 days old, limit 30',
    'not asked',
    'not asked',
    'not asked',
    'not asked',
    'none'
  ])
  assert.deepEqual(saw(explainWorktree({ ...WORKTREE, locked: known('demo'), issue: unasked }, 30)), [
    'it is one',
    'none',
    'demo',
    'none',
    'none',
    'none',
    'none',
    'it is known',
    'not asked',
    'none',
    'it holds 7',
    'not asked',
    'not asked',
    'not asked',
    'not asked'
  ])
})

test('what no rule is about is kept', () => {
  const never = { title: 'never', saw: () => 'nothing', decide: () => undefined }
  const ladder = { rules: [never], doubt: never }
  assert.deepEqual(decideBy(ladder, {}, 30), keep('unknown'))
  assert.deepEqual(explainBy(ladder, {}, 30), [{ title: 'never', saw: 'nothing', outcome: null }])
})

const REMOVE: Decision = { action: 'remove', reason: 'closed', evidence: {} }

test('an earlier failure shows, and when it keeps what would go', () => {
  const at = Date.parse('2026-11-20T06:00:00Z')
  const retry = (count: number, now: number) => explainRetry(REMOVE, { count, lastAt: at }, now, HOUR)
  assert.deepEqual(
    [retry(2, at).saw, retry(2, at).outcome?.reason],
    ['2 in a row, last 2026-11-20T06:00:00.000Z', 'failed']
  )
  assert.equal(retry(2, at + HOUR).outcome, null)
  assert.equal(retry(5, at + 100 * DAY).outcome?.reason, 'gave-up')
  const never = explainRetry(REMOVE, undefined, at, HOUR)
  assert.deepEqual([never.saw, never.outcome], ['never', null])
})

test('what it holds shows, and whether that keeps what would go', () => {
  const stuck = explainWork(REMOVE, known({ ...PUSHED, obstacle: 'a nested repository (a)' }))
  assert.deepEqual([stuck.saw, stuck.outcome?.reason], ['a nested repository (a)', 'unsaved'])
  const holding = explainWork(REMOVE, known({ ...PUSHED, holds: '1 untracked file (a)' }))
  const rescued = 'none; it will be rescued with 1 untracked file (a)'
  assert.deepEqual([holding.saw, holding.outcome], [rescued, null])
  const pushed = explainWork(REMOVE, known(PUSHED))
  assert.deepEqual([pushed.saw, pushed.outcome], ['none; no work is only here', null])
  const unreadable = explainWork(REMOVE, unknown('WORKTREE_UNREADABLE', 'it cannot be read'))
  assert.deepEqual([unreadable.saw, unreadable.outcome?.reason], ['unknown: it cannot be read', 'unknown'])
})

test('the limit of removals is told, for one entry cannot tell whether it is reached', () => {
  assert.deepEqual(
    [explainLimit(5).saw, explainLimit(5).outcome],
    ['the limit is 5; a dry run tells how many would go', null]
  )
})
