import fc from 'fast-check'
import { UNLIMITED } from '../../src/domain/budget.ts'
import { known } from '../../src/domain/fact.ts'
import { parseSessionKey } from '../../src/domain/names.ts'
import type { Planned } from '../../src/domain/plan.ts'
import type { Session, Worktree } from '../../src/domain/state.ts'
import { DAY } from '../../src/domain/time.ts'
import { makePlan } from '../../src/pass/plan.ts'
import type { ForgejoReader } from '../../src/pass/ports.ts'
import type { ForgejoStandIn, Item, RepoWorld } from './forgejo-stand-in.ts'
import { PUSHED } from './work.ts'
import { RULES } from './worlds.ts'

/** What Forgejo holds, and what is on disk. */
export interface World {
  readonly repos: readonly RepoWorld[]
  readonly sessions: readonly Session[]
  readonly worktrees: readonly Worktree[]
}

const NAMES = ['o/a', 'o/b', 'o/c'] as const
const MOST_ITEMS = 230

const branches = fc.oneof(
  fc.integer({ min: 1, max: 12 }).map((number) => `dev/${number}`),
  fc.constantFrom('topic', 'other')
)

type Making = Omit<Item, 'number'> | null
const open: fc.Arbitrary<Making> = fc.constant({ state: 'open' })
const openPull: fc.Arbitrary<Making> = branches.map((branch) => ({ state: 'open', head: { branch } }))
const others: fc.Arbitrary<Making> = fc.oneof(
  fc.constant({ state: 'closed' as const }),
  fc.constant(null),
  branches.map((branch) => ({ state: 'closed' as const, head: { branch } })),
  branches.map((branch) => ({ state: 'closed' as const, merged: true, head: { branch } })),
  branches.map((branch) => ({ state: 'open' as const, head: { branch, fork: true } }))
)

/** Mostly open, mostly not, or half and half; one number after the other, with gaps. */
const items: fc.Arbitrary<Item[]> = fc
  .constantFrom([20, 2, 1], [1, 1, 8], [1, 1, 1], [2, 20, 1])
  .chain(([issue = 1, pull = 1, other = 1]) =>
    fc.array(
      fc.oneof(
        { weight: issue, arbitrary: open },
        { weight: pull, arbitrary: openPull },
        { weight: other, arbitrary: others }
      ),
      { maxLength: MOST_ITEMS, size: 'max' }
    )
  )
  .map((list) => list.flatMap((made, index) => (made === null ? [] : [{ number: index + 1, ...made }])))

const mores: fc.Arbitrary<Partial<RepoWorld>> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constantFrom({ hiddenFrom: ['all'] }, { issuesOff: true }, { pullsOff: true }) }
)

const repos: fc.Arbitrary<RepoWorld[]> = fc
  .tuple(
    ...NAMES.map((name) => fc.tuple(items, mores).map(([list, more]) => ({ name, items: list, ...more })))
  )
  .map((list) => [...list, { name: 'o/old', items: [], movedTo: 'o/a' }])

export const freshSession = (text: string): Session => ({
  text,
  key: parseSessionKey(text) ?? null,
  ageMs: 0,
  heartbeatMs: known(null)
})

/** Of few numbers many, or of many few: what lists are for, and what they are not for. */
const sessions: fc.Arbitrary<Session[]> = fc.constantFrom(15, 60, MOST_ITEMS + 10).chain((most) =>
  fc.uniqueArray(
    fc
      .record({
        agent: fc.constantFrom('dev', 'boss'),
        repo: fc.constantFrom(...NAMES, 'O/A', 'o/old'),
        number: fc.integer({ min: 1, max: most }),
        ageMs: fc.constantFrom(0, 0, 0, 31 * DAY)
      })
      .map(({ agent, repo, number, ageMs }) => ({ ...freshSession(`${agent}:${repo}:${number}`), ageMs })),
    { maxLength: 150, size: 'max', selector: ({ text }) => text }
  )
)

const worktrees: fc.Arbitrary<Worktree[]> = fc.array(
  fc
    .record({
      repo: fc.constantFrom(...NAMES),
      branch: branches,
      usage: fc.constantFrom(null, null, null, 'git'),
      ageMs: fc.constantFrom(0, 2 * DAY, 31 * DAY),
      path: fc.uuid()
    })
    .map(({ repo, usage, ageMs, ...more }) => {
      const [owner = '', name = ''] = repo.split('/')
      const facts = {
        repo: known({ owner, name }),
        usage: known(usage),
        heartbeatMs: known(null),
        ageMs: known(ageMs)
      }
      return { ...more, ...facts, agent: 'dev', place: known(true), namedBranch: null, locked: known(null) }
    }),
  { maxLength: 12 }
)

export const worlds: fc.Arbitrary<World> = fc.record({ repos, sessions, worktrees })

/** Makes the stand-in hold what the world does. */
export function build(standIn: ForgejoStandIn, { repos: wanted }: Pick<World, 'repos'>): void {
  standIn.repos.clear()
  for (const { name, items: list, ...more } of wanted) standIn.add(name, list, more)
}

/** Plans a pass over the world, and changes nothing. */
export const planOf = (world: World, forgejo: ForgejoReader): Promise<readonly Planned[]> => {
  const readers = {
    sessions: () => world.sessions,
    worktrees: () => world.worktrees,
    liveness: () => ({ usage: known(null), heartbeatMs: known(null) }),
    heartbeat: () => known(null),
    rewritten: () => known([]),
    work: async () => known(PUSHED),
    failures: () => undefined,
    turns: () => new Map<string, number>(),
    clones: null,
    forgejo
  }
  const observer = { deciding() {}, asking() {}, removing() {}, recovered() {}, changed() {} }
  return makePlan(readers, RULES, 0, Date.now(), observer, UNLIMITED)
}
