import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkHeartbeats } from '../../../src/domain/doctor/check-heartbeats.ts'
import { type Fact, known, unknown } from '../../../src/domain/fact.ts'
import { MINUTE } from '../../../src/domain/time.ts'

const ROWS: readonly (readonly [readonly Fact<number | null>[], string])[] = [
  [[], 'ok: 0 of 0 sessions have one, 0 of them fresh'],
  [[known(null), known(MINUTE), known(10 * MINUTE)], 'ok: 2 of 3 sessions have one, 1 of them fresh'],
  [[known(null)], 'warning: 0 of 1 sessions have one'],
  [[known(MINUTE), unknown('HEARTBEAT_UNREADABLE', 'a loop')], 'warning: a loop']
]

for (const [ages, expected] of ROWS) {
  test(expected, () => {
    const { outcome, saw } = checkHeartbeats(ages, 10 * MINUTE)
    assert.equal(`${outcome}: ${saw}`, expected)
  })
}
