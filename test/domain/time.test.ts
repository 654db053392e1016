import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ageAt, clockFault, DAY, newestTime, parseTime } from '../../src/domain/time.ts'

const NOON = Date.parse('2026-11-20T12:00:00Z')

for (const [value, time] of [
  ['2026-11-20T12:00:00Z', NOON],
  ['2026-11-20T12:00:00.000Z', NOON],
  ['2026-11-20T13:00:00+01:00', NOON],
  ['2026-11-20T13:00:00+0100', NOON],
  ['2026-11-20T12:00:00', NOON],
  ['2026-11-20 12:00', NOON],
  ['2026-11-20T12:00:00,5Z', NOON + 500],
  ['2026-11-20', NOON - DAY / 2],
  [NOON, NOON],
  [NOON / 1000, NOON],
  [`${NOON}`, NOON],
  [`${NOON / 1000}`, NOON],
  ['yesterday', null],
  ['2026-13-40', null],
  ['', null],
  [0, null],
  [-1, null],
  [Number.NaN, null],
  [null, null],
  [true, null],
  [{}, null]
] as const) {
  test(`${JSON.stringify(value)} is ${time}`, () => assert.equal(parseTime(value), time))
}

test('the newest of all the spellings counts, and what cannot be read does not', () => {
  const entry = { createdAt: '2026-11-20', updated_at: 'never', lastUsedAt: NOON, created_at: 1 }
  assert.equal(newestTime(entry), NOON)
  for (const field of ['updatedAt', 'updated_at', 'lastUsedAt', 'createdAt', 'created_at']) {
    assert.equal(newestTime({ [field]: NOON }), NOON)
  }
  for (const none of ['a bare id', null, {}, { updatedAt: 'x' }]) assert.equal(newestTime(none), null)
})

test('an age in the future counts as 0', () => {
  assert.equal(ageAt(10, 3), 7)
  assert.equal(ageAt(3, 10), 0)
})

test('a clock is wrong before 2026, or more than a day from Forgejo, either way', () => {
  assert.match(clockFault(0, null) ?? '', /clock says 1970/)
  assert.match(clockFault(NOON, 40 * DAY) ?? '', /40\.0 days apart/)
  assert.match(clockFault(NOON, -2 * DAY) ?? '', /2\.0 days apart/)
  assert.equal(clockFault(NOON, DAY), null)
  assert.equal(clockFault(NOON, null), null)
})
