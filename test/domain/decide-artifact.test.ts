import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActiveIds } from '../../src/domain/active-ids.ts'
import { type ArtifactFacts, addTally, artifactsText, emptyTally } from '../../src/domain/artifact.ts'
import { decideArtifact, isPastDays } from '../../src/domain/decide-artifact.ts'
import type { Reason } from '../../src/domain/decision.ts'
import { DAY } from '../../src/domain/time.ts'

const NOW = Date.parse('2026-11-20T06:00:00Z')
const OLD: ArtifactFacts = {
  type: 'debug',
  name: 'x.txt',
  modifiedMs: NOW - 4 * DAY,
  bytes: 1,
  isOpen: false,
  oddity: null
}

const ROWS: readonly [what: string, change: Partial<ArtifactFacts>, reason: Reason][] = [
  ['past its days', {}, 'max-age'],
  ['a moment younger', { modifiedMs: NOW - 4 * DAY + 1 }, 'too-young'],
  ['written in the future', { modifiedMs: NOW + DAY }, 'too-young'],
  ['open', { isOpen: true }, 'busy'],
  ['open and young', { isOpen: true, modifiedMs: NOW }, 'too-young'],
  ['of an active session', { name: 'active.txt' }, 'referenced'],
  ['the log of now', { name: 'latest' }, 'protected'],
  ['called latest elsewhere', { name: 'latest', type: 'log' }, 'max-age'],
  ['odd', { oddity: 'a link' }, 'unsafe-path']
]

for (const [what, change, reason] of ROWS) {
  test(`an artifact ${what}: ${reason}`, () => {
    const decision = decideArtifact(
      { ...OLD, ...change },
      { now: NOW, days: 3, active: new ActiveIds(['active']) }
    )
    assert.deepEqual(decision, { action: reason === 'max-age' ? 'remove' : 'keep', reason })
  })
}

test('0 days keep for ever', () => assert.equal(isPastDays(NOW, 0, 0), false))

test('tallies add up', () => {
  const sum = emptyTally()
  addTally(sum, { removed: 1, bytes: 2, kept: 3, byReason: { busy: 1 } })
  addTally(sum, { removed: 1, bytes: 2, kept: 3, byReason: { busy: 1, protected: 2 } })
  assert.deepEqual(sum, { removed: 2, bytes: 4, kept: 6, byReason: { busy: 2, protected: 2 } })
})

test('types have names for people', () => assert.equal(artifactsText('debug'), 'debug logs'))
