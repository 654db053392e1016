import assert from 'node:assert/strict'
import { test } from 'node:test'
import { known, unknown } from '../../src/domain/fact.ts'
import { sumInventory, takeInventory } from '../../src/domain/inventory.ts'
import { parseSessionKey } from '../../src/domain/names.ts'
import type { Session, Worktree } from '../../src/domain/state.ts'
import type { PlacedWorktree } from '../../src/domain/world.ts'

const session = (text: string, ageMs: number): Session => ({
  text,
  key: parseSessionKey(text) ?? null,
  ageMs,
  heartbeatMs: known(null)
})

const doubt = unknown('REGISTRATION_DAMAGED', 'x')

function placed(path: string, numbers: readonly number[], more: Partial<Worktree> = {}): PlacedWorktree {
  const worktree: Worktree = {
    path,
    agent: 'dev',
    place: known(true),
    repo: known({ owner: 'charles', name: 'peon' }),
    branch: null,
    namedBranch: null,
    locked: known(null),
    usage: known(null),
    heartbeatMs: known(null),
    ageMs: known(5),
    ...more
  }
  return { worktree, number: numbers[0] ?? null, branches: new Set(), numbers: new Set(numbers) }
}

test('sessions and worktrees are counted by agent and repo, whatever the case of its name', () => {
  const sessions = [
    session('dev:charles/peon:7', 10),
    session('dev:Charles/Peon:8', 30),
    session('boss:charles/peon:7', 20)
  ]
  const worktrees = [
    placed('/a', [7]),
    placed('/b', [9], { ageMs: known(8) }),
    placed('/c', [], { ageMs: doubt })
  ]
  const sizes = new Map([
    ['/a', { bytes: 100, whole: true }],
    ['/b', { bytes: 10, whole: false }],
    ['/c', { bytes: 1, whole: true }]
  ])
  const rows = takeInventory(sessions, worktrees, sizes)
  const none = { worktrees: 0, oldestWorktreeMs: null, bytes: 0, whole: true, orphans: 0 }
  const repo = 'charles/peon'
  assert.deepEqual(rows, [
    { agent: 'boss', repo, sessions: 1, oldestSessionMs: 20, ...none },
    {
      ...{ agent: 'dev', repo, sessions: 2, oldestSessionMs: 30 },
      ...{ worktrees: 3, oldestWorktreeMs: 8, bytes: 111, whole: false, orphans: 2 }
    }
  ])
  const all = { agent: null, repo: null, sessions: 3, oldestSessionMs: 30 }
  assert.deepEqual(sumInventory(rows), {
    ...all,
    worktrees: 3,
    oldestWorktreeMs: 8,
    bytes: 111,
    whole: false,
    orphans: 2
  })
})

test('what nobody can place comes last; a worktree of an unknown repo is no orphan for all one knows', () => {
  const rows = takeInventory([session('odd', 1)], [placed('/a', [7], { repo: doubt })], new Map())
  assert.deepEqual(
    rows.map(({ agent, repo, orphans, whole }) => [agent, repo, orphans, whole]),
    [
      ['dev', null, 0, false],
      [null, null, 0, true]
    ]
  )
})

test('rows come in the order of their names, whatever the store has first', () => {
  const keys = ['b:x/y:1', 'c:x/y:1', 'a:x/y:1', 'a:x/z:1']
  const rows = takeInventory(
    keys.map((key) => session(key, 1)),
    [],
    new Map()
  )
  assert.deepEqual(
    rows.map(({ agent, repo }) => `${agent}:${repo}`),
    ['a:x/y', 'a:x/z', 'b:x/y', 'c:x/y']
  )
})

test('an inventory of nothing has no ages', () => {
  assert.deepEqual(takeInventory([], [], new Map()), [])
  assert.deepEqual([sumInventory([]).oldestSessionMs, sumInventory([]).sessions], [null, 0])
})
