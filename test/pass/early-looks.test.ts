import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { keep } from '../../src/domain/decision.ts'
import { known, unknown } from '../../src/domain/fact.ts'
import { DEFAULT_BRANCH_PATTERN, parseSessionKey } from '../../src/domain/names.ts'
import type { PlannedSession } from '../../src/domain/plan.ts'
import type { Worktree } from '../../src/domain/state.ts'
import { placeWorktree } from '../../src/domain/world.ts'
import { EarlyLooks } from '../../src/pass/early-looks.ts'
import { PUSHED } from '../support/work.ts'

const PATTERN = new RegExp(DEFAULT_BRANCH_PATTERN)

const worktree = (agent: string, number: number, more: Partial<Worktree> = {}): Worktree => ({
  path: `/cache/worktrees/${agent}/${number}`,
  agent,
  place: known(true),
  repo: known({ owner: 'charles', name: 'peon' }),
  branch: `${agent}/${number}`,
  namedBranch: null,
  locked: known(null),
  usage: known(null),
  heartbeatMs: known(null),
  ageMs: known(0),
  ...more
})

const session = (text: string, action: 'keep' | 'drop'): PlannedSession => ({
  kind: 'session',
  session: { text, key: parseSessionKey(text) ?? null, ageMs: 0, heartbeatMs: known(null) },
  decision: action === 'keep' ? keep('open') : { action, reason: 'closed', evidence: {} },
  pull: null
})

/** Looks that end when they are told to. */
function setUp(worktrees: readonly Worktree[]) {
  const begun: string[] = []
  const ends: (() => void)[] = []
  const looks = new EarlyLooks(
    worktrees.map((one) => placeWorktree(one, PATTERN)),
    async ({ path }) => {
      begun.push(path)
      await new Promise<void>((resolve) => ends.push(resolve))
      return known(PUSHED)
    }
  )
  return { looks, begun, ends }
}

test('a session that goes has the worktrees of its issue looked into, two at a time; one that stays does not', async () => {
  const agents = ['dev', 'boss', 'reviewer'].map((agent) => worktree(agent, 7))
  const { looks, begun, ends } = setUp([...agents, worktree('dev', 8)])
  looks.decided(session('dev:charles/peon:8', 'keep'))
  looks.decided(session('dev:charles/peon:7', 'drop'))
  assert.deepEqual(begun, ['/cache/worktrees/dev/7', '/cache/worktrees/boss/7'])
  ends.shift()?.()
  await turn()
  assert.equal(begun.length, 3)
})

test('what is in use, locked or out of place is not looked into early', () => {
  const fault = unknown('UNSAFE_PATH', 'a link')
  const { looks, begun } = setUp([
    worktree('dev', 7, { usage: known('process 1') }),
    worktree('boss', 7, { locked: known('why') }),
    worktree('reviewer', 7, { place: fault })
  ])
  looks.decided(session('dev:charles/peon:7', 'drop'))
  assert.deepEqual(begun, [])
})

test('each is looked into once, however often it is asked for', async () => {
  const one = worktree('dev', 7)
  const { looks, begun, ends } = setUp([one])
  looks.decided(session('dev:charles/peon:7', 'drop'))
  const found = looks.of(one)
  ends.shift()?.()
  assert.deepEqual([await found, begun.length], [known(PUSHED), 1])
})

test('its end waits for the looks that are under way and begins no other', async () => {
  const { looks, begun, ends } = setUp([7, 8, 9].map((number) => worktree('dev', number)))
  for (const number of [7, 8, 9]) looks.decided(session(`dev:charles/peon:${number}`, 'drop'))
  let hasEnded = false
  const ended = looks.end().then(() => {
    hasEnded = true
  })
  ends.shift()?.()
  await turn()
  assert.equal(hasEnded, false)
  ends.shift()?.()
  await ended
  assert.equal(begun.length, 2)
})
