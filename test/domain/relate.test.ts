import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideSession } from '../../src/domain/decide-session.ts'
import { keep } from '../../src/domain/decision.ts'
import { type Fact, known, unknown } from '../../src/domain/fact.ts'
import { DEFAULT_BRANCH_PATTERN, parseSessionKey } from '../../src/domain/names.ts'
import { parseProtectPattern } from '../../src/domain/protect.ts'
import { sessionFacts, worktreeFacts } from '../../src/domain/relate.ts'
import { SessionIndex } from '../../src/domain/session-index.ts'
import type { IssueState, OpenPulls, Session, Worktree } from '../../src/domain/state.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { UsedWorktrees } from '../../src/domain/used-worktrees.ts'
import { Answers, placeWorktree } from '../../src/domain/world.ts'

const repo = { owner: 'charles', name: 'peon' }
const pattern = parseProtectPattern('boss:*')
const RULES = {
  maxAgeDays: 30,
  protect: pattern === undefined ? [] : [pattern],
  branchPattern: new RegExp(DEFAULT_BRANCH_PATTERN),
  passIntervalMs: 1,
  retryFailed: false,
  staleMs: 10 * MINUTE,
  broughtBack: new Set<string>()
}
const LOST = unknown('FORGEJO_TIMEOUT', 'x')
const DAMAGED = unknown('REGISTRATION_DAMAGED', 'x')
const openPull: IssueState = { state: 'open', pull: true }
const mergedPull: IssueState = { state: 'closed', pull: true, merged: true, closedAt: 'then' }

const session = (text: string): Session => ({
  text,
  key: parseSessionKey(text) ?? null,
  ageMs: 0,
  heartbeatMs: known(null)
})

const worktree = (branch: string | null, more: Partial<Worktree> = {}) => {
  const facts = {
    place: known(true as const),
    repo: known(repo),
    locked: known(null),
    usage: known(null),
    heartbeatMs: known(null),
    ageMs: known(0)
  }
  return placeWorktree(
    { path: '/w', agent: 'dev', branch, namedBranch: null, ...facts, ...more },
    RULES.branchPattern
  )
}

/** What Forgejo answered of number 9, the heads of pull request 9, and the list. */
function answersOf(issue?: Fact<IssueState>, head?: Fact<string | null>, pulls?: Fact<OpenPulls>): Answers {
  const answers = new Answers()
  if (issue !== undefined) answers.record({ kind: 'issue', repo, number: 9 }, issue)
  if (head !== undefined) answers.record({ kind: 'pull-head', repo, number: 9 }, head)
  if (pulls !== undefined) answers.record({ kind: 'open-pulls', repo }, pulls)
  return answers
}

const KEPT = { session: session('reviewer:Charles/Peon:9'), decision: keep('open') }

/** By answers that came after the sessions were decided on: the kept session that a worktree on `topic` is referred to by, or why that is unknown. */
function referencedBy(answers: Answers): string | null {
  const { referencedBy: fact } = worktreeFacts(
    worktree('topic'),
    new SessionIndex([KEPT], new Answers()),
    answers,
    RULES,
    null
  )
  if (fact.known) return fact.value
  return fact.question === undefined ? fact.code : `ask ${fact.question.kind}`
}

const inList = (branch: string | null): Fact<OpenPulls> => known([{ number: 9, branch }])

for (const [name, answers, expected] of [
  ['what it is on was not asked', answersOf(), 'ask issue'],
  ['what it is on is unknown', answersOf(LOST), 'FORGEJO_TIMEOUT'],
  ['it is on an issue', answersOf(known({ state: 'open', pull: false })), null],
  ['its issue is missing', answersOf(known({ state: 'missing' })), null],
  ['its repo is not visible', answersOf(known({ state: 'not-visible' })), null],
  ['it is on an open pull request, the list not asked', answersOf(known(openPull)), 'ask open-pulls'],
  [
    'it is on an open pull request of this branch',
    answersOf(known(openPull), undefined, inList('topic')),
    'reviewer:Charles/Peon:9'
  ],
  [
    'it is on an open pull request of another branch',
    answersOf(known(openPull), undefined, inList('other')),
    null
  ],
  ['it is on an open pull request of a fork', answersOf(known(openPull), undefined, inList(null)), null],
  [
    'its open pull request is not on the list',
    answersOf(known(openPull), undefined, known([])),
    'FORGEJO_BAD_ANSWER'
  ],
  [
    'its open pull request has no list',
    answersOf(known(openPull), undefined, known('not-visible')),
    'FORGEJO_BAD_ANSWER'
  ],
  ['it is on a closed pull request, the head not asked', answersOf(known(mergedPull)), 'ask pull-head'],
  [
    'it is on a closed pull request of this branch',
    answersOf(known(mergedPull), known('topic')),
    'reviewer:Charles/Peon:9'
  ]
] as const) {
  test(`a kept session when ${name}`, () => assert.equal(referencedBy(answers), expected))
}

test('a kept session refers by number, in the branch or in the directory name, of whatever agent', () => {
  const index = new SessionIndex(
    [{ session: session('boss:charles/peon:7'), decision: keep('open') }],
    new Answers()
  )
  for (const placed of [worktree('dev/7'), worktree('other', { namedBranch: 'dev/7' })]) {
    const facts = worktreeFacts(placed, index, new Answers(), RULES, null)
    assert.deepEqual(facts.referencedBy, known('boss:charles/peon:7'))
  }
})

test('a dropped session on a merged pull request tells the worktree of its head', () => {
  const answers = answersOf(known(mergedPull), known('topic'))
  const dropped = {
    session: KEPT.session,
    decision: { action: 'drop', reason: 'merged', evidence: {} } as const
  }
  const index = new SessionIndex(
    [dropped, { session: session('no key'), decision: keep('invalid-key') }],
    answers
  )
  const closedPull = (branch: string) =>
    worktreeFacts(worktree(branch), index, answers, RULES, null).closedPull
  assert.deepEqual(closedPull('topic'), known({ number: 9, merged: true, closedAt: 'then' }))
  assert.deepEqual(closedPull('other'), known(null))
})

test('of a worktree whose repo is unknown everything is, and whether it is protected too', () => {
  const placed = worktree(null, { repo: DAMAGED })
  const index = new SessionIndex([], new Answers())
  const facts = worktreeFacts(placed, index, new Answers(), RULES, null)
  assert.deepEqual([facts.protectedBy, facts.issue, facts.number], [DAMAGED, DAMAGED, DAMAGED])
  const free = worktreeFacts(placed, index, new Answers(), { ...RULES, protect: [] }, null)
  assert.deepEqual(free.protectedBy, known(null))
})

test('a worktree whose branch is unknown has no number, and nobody can be asked', () => {
  const facts = worktreeFacts(worktree(null), new SessionIndex([], new Answers()), new Answers(), RULES, null)
  assert.deepEqual(facts.number, known(null))
  assert.equal(facts.issue.known || facts.issue.question, undefined)
})

const busy = known('process 1')

for (const [name, placed, answers, expected] of [
  ['its own worktree', worktree('dev/9', { usage: busy }), answersOf(), 'process 1'],
  ["another agent's", worktree('dev/9', { usage: busy, agent: 'boss' }), answersOf(), null],
  [
    "another issue's, what its own is on being unknown",
    worktree('dev/8', { usage: busy }),
    answersOf(LOST),
    'FORGEJO_TIMEOUT'
  ],
  [
    "another issue's",
    worktree('dev/8', { usage: busy }),
    answersOf(known({ state: 'open', pull: false })),
    null
  ],
  [
    'the head of its closed pull request',
    worktree('dev/8', { usage: busy }),
    answersOf(known(mergedPull), known('dev/8')),
    'process 1'
  ],
  ['one of unknown use', worktree('dev/9', { usage: DAMAGED }), answersOf(), 'REGISTRATION_DAMAGED'],
  [
    'one of its agent whose repo is unknown',
    worktree('x', { usage: busy, repo: DAMAGED }),
    answersOf(),
    'REGISTRATION_DAMAGED'
  ]
] as const) {
  test(`a session when somebody is at work in ${name}`, () => {
    const own = session('dev:charles/peon:9')
    const { usage } = sessionFacts(own, new UsedWorktrees([placed]), answers, RULES, null)
    assert.equal(usage.known ? usage.value : usage.code, expected)
  })
}

test('an old session stays while somebody is at work in the head of its open pull request', () => {
  const own = { ...session('dev:charles/peon:9'), ageMs: 31 * DAY }
  const used = new UsedWorktrees([worktree('dev/8', { usage: busy })])
  const reasonOf = (answers: Answers) =>
    decideSession(sessionFacts(own, used, answers, RULES, null), RULES.maxAgeDays).reason
  assert.equal(reasonOf(answersOf(known(openPull), undefined, inList('dev/8'))), 'busy')
  assert.equal(reasonOf(answersOf(known(openPull), undefined, inList('other'))), 'max-age')
  assert.equal(reasonOf(answersOf(known(openPull), undefined, LOST)), 'unknown')
})

test('of a session whose key does not parse nothing is asked', () => {
  const facts = sessionFacts(session('no key'), new UsedWorktrees([]), new Answers(), RULES, null)
  assert.deepEqual([facts.validKey, facts.issue.known], [false, false])
})

test('what an undo brought back is protected, a session and a worktree', () => {
  const placed = worktree('dev/9')
  const rules = { ...RULES, broughtBack: new Set(['dev:charles/peon:9', placed.worktree.path]) }
  const own = session('dev:charles/peon:9')
  assert.equal(
    sessionFacts(own, new UsedWorktrees([]), answersOf(), rules, null).protectedBy,
    'brought back by undo'
  )
  const facts = worktreeFacts(placed, new SessionIndex([], answersOf()), answersOf(), rules, null)
  assert.deepEqual(facts.protectedBy, known('brought back by undo'))
})
