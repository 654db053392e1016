import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { isSwept, nameOf, type Planned } from '../../src/domain/plan.ts'
import { type AskedForgejo, askForgejo } from '../support/asked-forgejo.ts'
import { ForgejoStandIn, type Item } from '../support/forgejo-stand-in.ts'
import { build, freshSession, planOf, type World, worlds } from '../support/lookup-world.ts'

const standIn = await ForgejoStandIn.start()
after(() => standIn.stop())

const decisionsOf = (plan: readonly Planned[]) => plan.map((one) => [nameOf(one), one.decision])
const sweptOf = (plan: readonly Planned[]) => new Set(plan.filter(isSwept).map(nameOf))
const requestsOf = (asked: AskedForgejo): number => asked.requests().requests

const isOpen = ({ state }: Item): boolean => state === 'open'
const pagesOf = (items: readonly Item[]): number => Math.ceil(items.filter(isOpen).length / 50)

test('from lists or singly: the decisions are the same, and lists save requests on the whole', async () => {
  const sums = { auto: 0, each: 0 }
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      build(standIn, world)
      const [each, auto, bulk] = (['each', 'auto', 'bulk'] as const).map((mode) => askForgejo(standIn, mode))
      assert.ok(each && auto && bulk)
      const expected = decisionsOf(await planOf(world, each))
      assert.deepEqual(decisionsOf(await planOf(world, auto)), expected)
      assert.deepEqual(decisionsOf(await planOf(world, bulk)), expected)
      // What no list can tell beforehand: whether it holds any of those asked about.
      const pages = world.repos.reduce((sum, { items }) => sum + Math.max(1, pagesOf(items)), 0)
      assert.ok(requestsOf(auto) <= requestsOf(each) + pages)
      sums.auto += requestsOf(auto)
      sums.each += requestsOf(each)
    }),
    { numRuns: 60 }
  )
  assert.ok(sums.auto < sums.each, JSON.stringify(sums))
})

test('S sessions of a repo with P open, C of them not: at most ceil(P / 50) + C + 2 requests', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ repos, sessions }) => {
      const [repo] = repos
      assert.ok(repo)
      const { items } = repo
      build(standIn, { repos: [{ name: repo.name, items }] })
      const numbers = new Set(sessions.map(({ key }) => key?.number ?? 1))
      const own = [...numbers].map((number) => freshSession(`dev:${repo.name}:${number}`))
      const auto = askForgejo(standIn, 'auto')
      await planOf({ repos, sessions: own, worktrees: [] }, auto)
      const open = new Set(items.filter(isOpen).map(({ number }) => number))
      const closed = [...numbers].filter((number) => !open.has(number)).length
      // Whether the repo behind a missing issue is visible is asked once, in any case.
      const visible = auto.paths.filter((path) => path.includes('limit=1&')).length
      assert.ok(requestsOf(auto) - visible <= pagesOf(items) + closed + 2)
    }),
    { numRuns: 100 }
  )
})

/** What happens to an issue or pull request right before a request. */
interface Event {
  readonly before: number
  readonly repo: number
  readonly number: number
  readonly state: Item['state']
}

const events: fc.Arbitrary<Event[]> = fc.array(
  fc.record({
    before: fc.integer({ min: 0, max: 40 }),
    repo: fc.nat(2),
    number: fc.oneof(fc.integer({ min: 1, max: 230 }), fc.integer({ min: 1, max: 12 })),
    state: fc.constantFrom('open' as const, 'closed' as const, 'closed' as const)
  }),
  { maxLength: 25, size: 'max' }
)

const changeItem = (world: World, { repo, number, state }: Event): World => ({
  ...world,
  repos: world.repos.map((one, at) => {
    if (at !== repo) return one
    const before = one.items.find((item) => item.number === number) ?? { number }
    return { ...one, items: [...one.items.filter((item) => item.number !== number), { ...before, state }] }
  })
})

/** The world in which all that was closed at any moment is closed, and nothing is new but what was closed. */
const closeAll = (world: World, all: readonly Event[]): World =>
  all.filter(({ state }) => state === 'closed').reduce(changeItem, world)

test('what closes, opens or appears meanwhile: nothing goes that asking each would not let go', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, events, fc.constantFrom('auto', 'bulk'), async (world, all, mode) => {
      let now = world
      const happened: Event[] = []
      build(standIn, now)
      const asked = askForgejo(standIn, mode, (requests) => {
        const due = all.filter(({ before }) => before === requests)
        if (due.length === 0) return
        happened.push(...due)
        now = due.reduce(changeItem, now)
        build(standIn, now)
      })
      const swept = sweptOf(await planOf(world, asked))
      const closed = closeAll(world, happened)
      build(standIn, closed)
      const allowed = sweptOf(await planOf(closed, askForgejo(standIn, 'each')))
      assert.deepEqual(
        [...swept].filter((name) => !allowed.has(name)),
        []
      )
    }),
    { numRuns: 100 }
  )
})

const itemsFrom = (from: number, to: number, state: Item['state'] = 'open'): Item[] =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ number: from + index, state }))

test('one that closes between two pages has another missed: that one is asked about singly, and stays', async () => {
  const items = itemsFrom(1, 60)
  const sessions = [10, 9, 60].map((number) => freshSession(`dev:o/a:${number}`))
  const world: World = { repos: [{ name: 'o/a', items }], sessions, worktrees: [] }
  build(standIn, world)
  const asked = askForgejo(standIn, 'bulk', (requests) => {
    if (requests === 1) build(standIn, changeItem(world, { before: 1, repo: 0, number: 60, state: 'closed' }))
  })
  const plan = await planOf(world, asked)
  assert.deepEqual(asked.paths, [
    'o/a/issues?state=open&limit=50&page=1',
    'o/a/issues?state=open&limit=50&page=2',
    'o/a/issues/10'
  ])
  assert.deepEqual(
    plan.map(({ decision }) => decision.reason),
    ['open', 'open', 'open']
  )
})

for (const order of ['repo after repo', 'in turn'] as const) {
  test(`10,000 sessions in 40 repos with 4,000 open, 100 closed since: at most 200 requests, ${order}`, async () => {
    const names = Array.from({ length: 40 }, (_, index) => `o/r${index}`)
    const closedOf = (index: number) => (index % 2 === 0 ? 3 : 2)
    const repos = names.map((name, index) => ({
      name,
      items: [...itemsFrom(1, 100), ...itemsFrom(101, 100 + closedOf(index), 'closed')]
    }))
    const keys = repos.map(({ name, items }) =>
      Array.from(
        { length: 250 },
        (_, at) => `agent-${Math.floor(at / items.length)}:${name}:${(at % items.length) + 1}`
      )
    )
    const texts =
      order === 'in turn'
        ? Array.from({ length: 250 }, (_, at) => keys.map((own) => own[at] ?? '')).flat()
        : keys.flat()
    const world: World = { repos, sessions: texts.map(freshSession), worktrees: [] }
    build(standIn, world)
    const auto = askForgejo(standIn, 'auto')
    const plan = await planOf(world, auto)
    assert.equal(plan.length, 10_000)
    assert.equal(
      plan.filter(({ decision }) => decision.reason === 'open').length,
      10_000 - sweptOf(plan).size
    )
    assert.ok(requestsOf(auto) <= 200, `${requestsOf(auto)} requests`)
    assert.ok(auto.waitedMs() <= 40_000)
    const each = askForgejo(standIn, 'each')
    assert.deepEqual(decisionsOf(await planOf(world, each)), decisionsOf(plan))
    assert.equal(requestsOf(each), 4_100)
  })
}
