import fc from 'fast-check'
import { type Fact, known, type Question, unknown } from '../../src/domain/fact.ts'
import { DEFAULT_BRANCH_PATTERN } from '../../src/domain/names.ts'
import type { IssueState, OpenPulls, Session, Worktree } from '../../src/domain/state.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'

export const LOST = unknown('FORGEJO_TIMEOUT', 'unknown')

export const fact = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof({ weight: 4, arbitrary: value.map(known) }, { weight: 1, arbitrary: fc.constant(LOST) })

export const ages = fc.constantFrom(0, 2 * 3_600_000, 29 * DAY, 31 * DAY)
/** Mostly null: where something protects everything no doubt ever decides. */
export const maybe = <T>(value: T): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constant(value) })
const closedState = fc.record({
  state: fc.constant('closed' as const),
  pull: fc.boolean(),
  merged: fc.boolean(),
  closedAt: fc.constant(null)
})
export const issues: fc.Arbitrary<IssueState> = fc.oneof(
  fc.record({ state: fc.constant('open' as const), pull: fc.boolean() }),
  closedState,
  fc.constant({ state: 'missing' as const }),
  fc.constant({ state: 'not-visible' as const })
)
/** A small world: two repos, three numbers, a few branches, and every answer that could be asked for. */
export interface World {
  readonly sessions: readonly Session[]
  readonly worktrees: readonly Worktree[]
  readonly answers: ReadonlyMap<string, Fact<unknown>>
}

/** None, fresh, stale. */
export const beats = fc.constantFrom(null, null, null, MINUTE, 60 * MINUTE)

const NUMBERS = [7, 8, 9] as const
const BRANCHES = ['dev/7', 'dev/8', 'topic'] as const
const repos = fc.constantFrom({ owner: 'o', name: 'r' }, { owner: 'O', name: 'R' }, { owner: 'o', name: 's' })
const agents = fc.constantFrom('dev', 'boss')

const sessions: fc.Arbitrary<Session> = fc
  .record({ agent: agents, repo: repos, number: fc.constantFrom(...NUMBERS) })
  .chain((key) =>
    fc.tuple(ages, fact(beats)).map(([ageMs, heartbeatMs]) => ({
      text: `${key.agent}:${key.repo.owner}/${key.repo.name}:${key.number}`,
      key,
      ageMs,
      heartbeatMs
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
  heartbeatMs: fact(beats),
  ageMs: fact(ages)
})

const pulls: fc.Arbitrary<OpenPulls> = fc.oneof(
  fc.constant('not-visible' as const),
  fc.array(fc.record({ number: fc.constantFrom(...NUMBERS), branch: fc.constantFrom(null, ...BRANCHES) }), {
    maxLength: 2
  })
)

export const answerNames = ['r', 's'].flatMap((name) => [
  `open-pulls o/${name}`,
  ...NUMBERS.flatMap((number) => [`issue o/${name}#${number}`, `pull-head o/${name}#${number}`])
])

const answerOf = (name: string): fc.Arbitrary<Fact<unknown>> => {
  if (name.startsWith('open-pulls')) return fact(pulls)
  return name.startsWith('issue') ? fact(issues) : fact(fc.constantFrom(null, ...BRANCHES))
}

export const worlds: fc.Arbitrary<World> = fc.record({
  sessions: fc.uniqueArray(sessions, { maxLength: 4, selector: ({ text }) => text }),
  worktrees: fc.array(worktrees, { maxLength: 4 }),
  answers: fc
    .tuple(...answerNames.map(answerOf))
    .map((list) => new Map(answerNames.map((name, at) => [name, list[at] ?? LOST])))
})

export const RULES = {
  maxAgeDays: 30,
  protect: [],
  branchPattern: new RegExp(DEFAULT_BRANCH_PATTERN),
  passIntervalMs: 1,
  retryFailed: false,
  staleMs: 10 * MINUTE,
  broughtBack: new Set<string>()
}

export function questionOf(name: string): Question {
  const [, kind, repoName = '', number] = /^(\S+) o\/(\w)(?:#(\d))?$/.exec(name) ?? []
  const repo = { owner: 'o', name: repoName }
  if (kind === 'open-pulls') return { kind, repo }
  return { kind: kind === 'issue' ? 'issue' : 'pull-head', repo, number: Number(number) }
}
