import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideSession, type SessionFacts } from '../../src/domain/decide-session.ts'
import { decideWorktree, type WorktreeFacts } from '../../src/domain/decide-worktree.ts'
import { sessionFacts, worktreeFacts } from '../../src/domain/relate.ts'
import { SessionIndex } from '../../src/domain/session-index.ts'
import type { Worktree } from '../../src/domain/state.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { UsedWorktrees } from '../../src/domain/used-worktrees.ts'
import { Answers, placeWorktree } from '../../src/domain/world.ts'
import {
  ages,
  answerNames,
  beats,
  fact,
  issues,
  LOST,
  maybe,
  questionOf,
  RULES,
  type World,
  worlds
} from '../support/worlds.ts'

const clocks = fc.constantFrom(null, null, null, 'wrong')

test('a session: turning any fact unknown never drops it', () => {
  const facts: fc.Arbitrary<SessionFacts> = fc.record({
    validKey: fc.boolean(),
    protectedBy: maybe('o/*'),
    usage: fact(maybe('git')),
    heartbeatMs: fact(beats),
    staleMs: fc.constant(10 * MINUTE),
    ageMs: ages,
    clockFault: clocks,
    issue: fact(issues)
  })
  fc.assert(
    fc.property(facts, fc.constantFrom('usage', 'issue', 'heartbeatMs'), (before, name) => {
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
    heartbeatMs: fact(beats),
    staleMs: fc.constant(10 * MINUTE),
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
      'heartbeatMs',
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
  const names = fc.constantFrom('place', 'repo', 'locked', 'usage', 'heartbeatMs', 'ageMs')
  fc.assert(
    fc.property(worlds, fc.nat(3), names, (world, at, name) => {
      const spoil = (worktree: Worktree, index: number) =>
        index === at ? { ...worktree, [name]: LOST } : worktree
      assertNoMore(world, { ...world, worktrees: world.worktrees.map(spoil) })
    }),
    { numRuns: 5000 }
  )
})
