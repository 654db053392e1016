import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keep } from '../../src/domain/decision.ts'
import { known, unknown } from '../../src/domain/fact.ts'
import { parseSessionKey } from '../../src/domain/names.ts'
import type { PlannedSession, PlannedWorktree } from '../../src/domain/plan.ts'
import { mayReset, StayingWorktrees } from '../../src/domain/reset.ts'
import type { Worktree } from '../../src/domain/state.ts'

const PEON = known({ owner: 'charles', name: 'peon' })

function session(key: string, pull: boolean | null): PlannedSession {
  const parsed = parseSessionKey(key) ?? null
  const decision = { action: 'drop', reason: 'closed', evidence: {} } as const
  return {
    kind: 'session',
    session: { text: key, key: parsed, ageMs: 0, heartbeatMs: known(null) },
    decision,
    pull
  }
}

function kept(agent: string, numbers: readonly number[], repo: Worktree['repo'] = PEON): PlannedWorktree {
  const worktree = { agent, repo } as Worktree
  const placed = { worktree, number: null, branches: new Set<string>(), numbers: new Set(numbers) }
  return {
    kind: 'worktree',
    placed,
    decision: keep('open-pull'),
    work: null,
    rescue: null,
    referenced: false
  }
}

for (const [name, pull, worktrees, expected] of [
  ['nothing is left', false, [], true],
  ['its own worktree stays', false, [kept('dev', [7])], false],
  ["another agent's worktree stays", false, [kept('boss', [7])], true],
  ["another issue's worktree stays", false, [kept('dev', [8])], true],
  ["another issue's stays, and it is on a pull request", true, [kept('dev', [8])], false],
  ["another issue's stays, and nobody knows what it is on", null, [kept('dev', [8])], false],
  ["another repo's stays", null, [kept('dev', [7], known({ owner: 'x', name: 'y' }))], true],
  [
    'one stays of which nobody knows the repo',
    false,
    [kept('dev', [], unknown('REGISTRATION_DAMAGED', ''))],
    false
  ]
] as const) {
  test(`the service ${expected ? 'may' : 'may not'} be asked when ${name}`, () => {
    assert.equal(mayReset(session('dev:charles/peon:7', pull), new StayingWorktrees(worktrees)), expected)
  })
}

test('of a key that does not parse the service knows nothing', () => {
  assert.equal(mayReset(session('no key', false), new StayingWorktrees([])), false)
})
