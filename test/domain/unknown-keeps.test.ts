import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideSession, type SessionFacts } from '../../src/domain/decide-session.ts'
import { decideWorktree, type WorktreeFacts } from '../../src/domain/decide-worktree.ts'
import { type Fact, known, type Question, unknown } from '../../src/domain/fact.ts'
import { DEFAULT_BRANCH_PATTERN } from '../../src/domain/names.ts'
import { sessionFacts, worktreeFacts } from '../../src/domain/relate.ts'
import { SessionIndex } from '../../src/domain/session-index.ts'
import type { IssueState, OpenPulls, Session, Worktree } from '../../src/domain/state.ts'
import { DAY } from '../../src/domain/time.ts'
import { UsedWorktrees } from '../../src/domain/used-worktrees.ts'
import { Answers, placeWorktree } from '../../src/domain/world.ts'

const LOST = unknown('FORGEJO_TIMEOUT', 'unknown')

const fact = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof({ weight: 4, arbitrary: value.map(known) }, { weight: 1, arbitrary: fc.constant(LOST) })

const ages = fc.constantFrom(0, 2 * 3_600_000, 29 * DAY, 31 * DAY)
/** Mostly null: where something protects everything no doubt ever decides. */
const maybe = <T>(value: T): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant(value) })
const closedState = fc.record({
  state: fc.constant('closed' as const),
  pull: fc.boolean(),
  merged: fc.boolean(),
  closedAt: fc.constant(null)
})
const issues: fc.Arbitrary<IssueState> = fc.oneof(
  fc.record({ state: fc.constant('open' as const), pull: fc.boolean() }),
  closedState,
  fc.constant({ state: 'missing' as const }),
  fc.constant({ state: 'not-visible' as const })
)
const clocks = fc.constantFrom(null, null, null, 'wrong')

test('a session: turning any fact unknown never drops it', () => {
  const facts: fc.Arbitrary<SessionFacts> = fc.record({
    validKey: fc.boolean(),
    protectedBy: maybe('o/*'),
    usage: fact(maybe('git')),
    ageMs: ages,
    clockFault: clocks,
    issue: fact(issues)
  })
  fc.assert(
    fc.property(facts, fc.constantFrom('usage', 'issue'), (before, name) => {
      const after = decideSession({ ...before, [name]: LOST }, 30)
      assert.ok(after.action === 'keep' || decideSession(before, 30).action === 'drop')
    }),
    { numRuns: 2000 }
  )
})

test('a worktree: turning any fact unknown never removes it', () => {
  const facts: fc.Arbitrary<WorktreeFacts> = fc.record({
    place: fact(fc.constant(true as const)),
    protectedBy: fact(maybe('o/*')),
    locked: fact(maybe('')),
    referencedBy: fact(maybe('dev:o/r:7')),
    openPull: fact(maybe(9)),
    usage: fact(maybe('git')),
    number: fact(maybe(7)),
    issue: fact(issues),
    closedPull: fact(maybe({ number: 9, merged: true, closedAt: null })),
    ageMs: fact(ages),
    clockFault: clocks
  })
  const names = fc.constantFrom<keyof WorktreeFacts>(
    ...([
      'place',
      'protectedBy',
      'locked',
      'referencedBy',
      'openPull',
      'usage',
      'number',
      'issue',
      'closedPull',
      'ageMs'
    ] as const)
  )
  fc.assert(
    fc.property(facts, names, (before, name) => {
      const after = decideWorktree({ ...before, [name]: LOST }, 30)
      assert.ok(after.action === 'keep' || decideWorktree(before, 30).action === 'remove')
    }),
    { numRuns: 5000 }
  )
})

/** A small world: two repos, three numbers, a few branches, and every answer that could be asked for. */
interface World {
  readonly sessions: readonly Session[]
  readonly worktrees: readonly Worktree[]
  readonly answers: ReadonlyMap<string, Fact<unknown>>
}

const NUMBERS = [7, 8, 9] as const
const BRANCHES = ['dev/7', 'dev/8', 'topic'] as const
const repos = fc.constantFrom({ owner: 'o', name: 'r' }, { owner: 'O', name: 'R' }, { owner: 'o', name: 's' })
const agents = fc.constantFrom('dev', 'boss')

const sessions: fc.Arbitrary<Session> = fc
  .record({ agent: agents, repo: repos, number: fc.constantFrom(...NUMBERS) })
  .chain((key) =>
    ages.map((ageMs) => ({
      text: `${key.agent}:${key.repo.owner}/${key.repo.name}:${key.number}`,
      key,
      ageMs
    }))
  )

const worktrees: fc.Arbitrary<Worktree> = fc.record({
  path: fc.uuid(),
  agent: agents,
  place: fact(fc.constant(true as const)),
  repo: fact(repos),
  branch: fc.constantFrom(...BRANCHES),
  namedBranch: fc.constantFrom(null, ...BRANCHES),
  locked: fact(fc.constant(null)),
  usage: fact(maybe('git')),
  ageMs: fact(ages)
})

const pulls: fc.Arbitrary<OpenPulls> = fc.oneof(
  fc.constant('not-visible' as const),
  fc.array(fc.record({ number: fc.constantFrom(...NUMBERS), branch: fc.constantFrom(null, ...BRANCHES) }), {
    maxLength: 2
  })
)

const answerNames = ['r', 's'].flatMap((name) => [
  `open-pulls o/${name}`,
  ...NUMBERS.flatMap((number) => [`issue o/${name}#${number}`, `pull-head o/${name}#${number}`])
])

const answerOf = (name: string): fc.Arbitrary<Fact<unknown>> => {
  if (name.startsWith('open-pulls')) return fact(pulls)
  return name.startsWith('issue') ? fact(issues) : fact(fc.constantFrom(null, ...BRANCHES))
}

const worlds: fc.Arbitrary<World> = fc.record({
  sessions: fc.uniqueArray(sessions, { maxLength: 4, selector: ({ text }) => text }),
  worktrees: fc.array(worktrees, { maxLength: 4 }),
  answers: fc
    .tuple(...answerNames.map(answerOf))
    .map((list) => new Map(answerNames.map((name, at) => [name, list[at] ?? LOST])))
})

const RULES = {
  maxAgeDays: 30,
  protect: [],
  branchPattern: new RegExp(DEFAULT_BRANCH_PATTERN),
  passIntervalMs: 1,
  retryFailed: false,
  broughtBack: new Set<string>()
}

/** Which entries go, all having been asked that could be: by key and path. */
function sweptOf(world: World): Set<string> {
  const answers = new Answers()
  for (const [name, answer] of world.answers) answers.record(questionOf(name), answer)
  const placed = world.worktrees.map((worktree) => placeWorktree(worktree, RULES.branchPattern))
  const used = new UsedWorktrees(placed)
  const decided = world.sessions.map((session) => ({
    session,
    decision: decideSession(sessionFacts(session, used, answers, RULES, null), 30)
  }))
  const index = new SessionIndex(decided, answers)
  const swept = decided
    .filter(({ decision }) => decision.action === 'drop')
    .map(({ session }) => session.text)
  for (const one of placed) {
    const { action } = decideWorktree(worktreeFacts(one, index, answers, RULES, null), 30)
    if (action === 'remove') swept.push(one.worktree.path)
  }
  return new Set(swept)
}

function questionOf(name: string): Question {
  const [, kind, repoName = '', number] = /^(\S+) o\/(\w)(?:#(\d))?$/.exec(name) ?? []
  const repo = { owner: 'o', name: repoName }
  if (kind === 'open-pulls') return { kind, repo }
  return { kind: kind === 'issue' ? 'issue' : 'pull-head', repo, number: Number(number) }
}

const assertNoMore = (before: World, after: World) => {
  const added = [...sweptOf(after)].filter((name) => !sweptOf(before).has(name))
  assert.deepEqual(added, [])
}

test('a world: turning any answer of Forgejo unknown never adds a removal', () => {
  fc.assert(
    fc.property(worlds, fc.constantFrom(...answerNames), (world, name) => {
      assertNoMore(world, { ...world, answers: new Map([...world.answers, [name, LOST]]) })
    }),
    { numRuns: 5000 }
  )
})

test('a world: turning any fact of any worktree unknown never adds a removal', () => {
  const names = fc.constantFrom('place', 'repo', 'locked', 'usage', 'ageMs')
  fc.assert(
    fc.property(worlds, fc.nat(3), names, (world, at, name) => {
      const spoil = (worktree: Worktree, index: number) =>
        index === at ? { ...worktree, [name]: LOST } : worktree
      assertNoMore(world, { ...world, worktrees: world.worktrees.map(spoil) })
    }),
    { numRuns: 5000 }
  )
})
