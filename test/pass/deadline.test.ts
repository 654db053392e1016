import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Fact, known, type Question, questionId, type Repo, unknown } from '../../src/domain/fact.ts'
import type { IssueState, Session, Worktree } from '../../src/domain/state.ts'
import { summarize } from '../../src/domain/summary.ts'
import { type PacedWorld, runPaced } from '../support/paced-pass.ts'
import { type World, worlds } from '../support/worlds.ts'

const OPEN: Fact<IssueState> = known({ state: 'open', pull: false })
const CLOSED: Fact<IssueState> = known({ state: 'closed', pull: false, merged: false, closedAt: null })

const count = <T>(length: number, make: (index: number) => T): T[] =>
  Array.from({ length }, (_, index) => make(index))

const session = (repo: Repo, number: number): Session => ({
  text: `dev:${repo.owner}/${repo.name}:${number}`,
  key: { agent: 'dev', repo, number },
  ageMs: 0,
  heartbeatMs: known(null)
})

const worktree = (repo: Repo, number: number): Worktree => ({
  path: `/cache/worktrees/dev/${repo.owner}__${repo.name}__dev%2F${number}`,
  agent: 'dev',
  place: known(true),
  repo: known(repo),
  branch: `dev/${number}`,
  namedBranch: null,
  locked: known(null),
  usage: known(null),
  heartbeatMs: known(null),
  ageMs: known(0)
})

const worldOf = (more: Partial<PacedWorld>): PacedWorld => ({
  sessions: [],
  worktrees: [],
  answer: () => OPEN,
  turns: new Map(),
  asked: [],
  ...more
})

const numberOf = (question: Question): number => ('number' in question ? question.number : 0)

const repoOf = (index: number): Repo => ({ owner: 'charles', name: `repo-${index}` })

/** The longest that any question was not asked for, in passes. */
class Waits {
  readonly #last = new Map<string, number>()
  #pass = 0
  worst = 0

  /** @param since the pass after which a question came up */
  note(asked: readonly Question[], since: (question: Question) => number = () => 0): void {
    this.#pass += 1
    for (const question of asked) {
      const id = questionId(question)
      this.worst = Math.max(this.worst, this.#pass - (this.#last.get(id) ?? since(question)))
      this.#last.set(id, this.#pass)
    }
  }

  get seen(): number {
    return this.#last.size
  }
}

const MANY = 100_000
const FITTING = 60_000

/** Passes over many sessions, as many as it takes: what each one left, and how many sessions were asked about. */
async function seeMany() {
  const world = worldOf({ sessions: count(MANY, (index) => session(repoOf(index % 7), index + 1)) })
  const keys = world.sessions.map(({ text }) => text)
  const waits = new Waits()
  const passes: unknown[] = []
  for (let pass = 1; pass <= Math.ceil(MANY / FITTING); pass += 1) {
    const { exitCode, skipped, entries } = await runPaced(world, FITTING)
    waits.note(world.asked)
    const inOrder = entries.every((entry, at) => entry.kind === 'session' && entry.key === keys[at])
    passes.push({ exitCode, byReason: skipped.byReason, inOrder })
  }
  return { seen: waits.seen, passes }
}

// Outside of a test: the runner follows each promise of one, and there are a million.
const many = await seeMany()

test('100,000 sessions are all seen within as many passes as they need; the report keeps their order', () => {
  assert.equal(many.seen, MANY)
  const byReason = { open: FITTING, deadline: MANY - FITTING }
  assert.deepEqual(many.passes, Array(2).fill({ exitCode: 0, byReason, inOrder: true }))
})

test('and again and again: none waits for longer than all need, whatever is removed and comes', async () => {
  const need = 1000
  const budget = 300
  const world = worldOf({ sessions: count(need, (index) => session(repoOf(index % 7), index + 1)) })
  const waits = new Waits()
  for (let pass = 1; pass <= 20; pass += 1) {
    await runPaced(world, budget)
    waits.note(world.asked, (question) => Math.max(0, numberOf(question) - need))
    const [, ...rest] = world.sessions
    world.sessions = [...rest, session(repoOf(0), need + pass)]
  }
  assert.equal(waits.worst, Math.ceil(need / budget))
})

test('new sessions come before those that were asked about; once all were, nothing is remembered', async () => {
  const world = worldOf({ sessions: count(10, (index) => session(repoOf(0), index + 1)) })
  const numbers = () => world.asked.map(numberOf)
  const report = await runPaced(world, 4)
  assert.deepEqual(numbers(), [1, 2, 3, 4])
  assert.equal(
    summarize(report),
    'swept: 0 sessions, 0 worktrees, 0 cache clones; skipped: 10 (4 still active, 6 deadline)'
  )
  world.sessions = [...world.sessions.slice(1), session(repoOf(0), 99)]
  await runPaced(world, 4)
  assert.deepEqual(numbers(), [5, 6, 7, 8])
  await runPaced(world, 4)
  assert.deepEqual(numbers(), [9, 10, 99, 2])
  assert.equal(world.turns.has('dev:charles/repo-0:1'), false)
  await runPaced(world, 10)
  assert.deepEqual([world.asked.length, world.turns.size], [10, 0])
})

test('a question that gets no answer had its turn: it does not hold up the others', async () => {
  const lost = unknown('FORGEJO_SERVER_ERROR', '500')
  const world = worldOf({
    sessions: count(9, (index) => session(repoOf(0), index + 1)),
    answer: (question) => (numberOf(question) <= 3 ? lost : OPEN)
  })
  const seen = new Set<string>()
  for (let pass = 1; pass <= 3; pass += 1) {
    await runPaced(world, 3)
    for (const question of world.asked) seen.add(questionId(question))
  }
  assert.equal(seen.size, 9)
})

test('orphans go, and sessions are seen, beside more of them than a pass can ask about', async () => {
  const repos = 20
  const world = worldOf({
    sessions: count(1000, (index) => session(repoOf(index % repos), index + 1)),
    worktrees: count(100, (index) => worktree(repoOf(Math.floor(index / 5)), 10_001 + index)),
    answer: (question) => {
      if (question.kind === 'open-pulls') return known([])
      return numberOf(question) > 10_000 ? CLOSED : OPEN
    }
  })
  // Every session, every orphan, and each repo's open pull requests.
  const need = 1000 + 100 + repos
  const budget = 300
  const waits = new Waits()
  for (let pass = 1; world.worktrees.length > 0; pass += 1) {
    // Half of a pass does for what two repos' orphans hinge on, all of their sessions among it.
    assert.ok(pass <= 1 + repos / 2, `${world.worktrees.length} orphans are left`)
    await runPaced(world, budget)
    waits.note(world.asked.filter((question) => question.kind === 'issue' && question.number <= 1000))
    assert.ok(world.asked.length <= budget)
  }
  assert.equal(waits.seen, 1000)
  assert.ok(waits.worst <= 2 * Math.ceil(need / budget), `one waited for ${waits.worst} passes`)
})

test('what the worktrees do not need of their half is the sessions’', async () => {
  const numbers = count(50, (index) => index + 1)
  const world = worldOf({
    sessions: numbers.map((number) => session(repoOf(0), number)),
    worktrees: numbers.map((number) => worktree(repoOf(0), number)),
    turns: new Map([['dev:charles/repo-0:1', 1]])
  })
  const report = await runPaced(world, 50)
  assert.deepEqual([report.skipped, world.turns.size], [{ total: 50, byReason: { open: 50 } }, 0])
})

/** What a pass takes away, by key and path. */
async function sweptOf(world: World, order: readonly number[], questions?: number): Promise<Set<string>> {
  const names = [...world.sessions.map(({ text }) => text), ...world.worktrees.map(({ path }) => path)]
  const turns = new Map(names.map((name, at) => [name, order[at] ?? 1]))
  const answer = (question: Question) => world.answers.get(questionId(question)) ?? OPEN
  const left = worldOf({ sessions: world.sessions, worktrees: world.worktrees, answer, turns })
  await runPaced(left, questions)
  const kept = new Set([...left.sessions.map(({ text }) => text), ...left.worktrees.map(({ path }) => path)])
  return new Set(names.filter((name) => !kept.has(name)))
}

test('a world: a deadline, after whatever question it comes, never adds a removal', async () => {
  const orders = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 8, maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(worlds, orders, fc.nat(12), async (world, order, questions) => {
      const all = await sweptOf(world, order)
      const added = [...(await sweptOf(world, order, questions))].filter((name) => !all.has(name))
      assert.deepEqual(added, [])
    }),
    { numRuns: 1500 }
  )
})
