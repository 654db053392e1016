import assert from 'node:assert/strict'
import { test } from 'node:test'
import { halfOf, SPENT, startBudget, UNLIMITED } from '../../src/domain/budget.ts'
import { inTurn, noteTurns, type Turns } from '../../src/domain/turns.ts'

const turns = (of: Readonly<Record<string, number>>): Turns => new Map(Object.entries(of))
const order = (names: string, of: Readonly<Record<string, number>>) =>
  inTurn([...names], turns(of), (name) => name).join('')

for (const [name, names, of, expected] of [
  ['none ever had a turn: as they came', 'cab', {}, 'cab'],
  ['never before long ago before lately', 'abc', { a: 2, b: 1 }, 'cba'],
  ['in one pass: as they came', 'dcba', { d: 1, c: 1, a: 1 }, 'bdca']
] as const) {
  test(`the order of asking: ${name}`, () => assert.equal(order(names, of), expected))
}

for (const [name, before, had, missed, after] of [
  ['all had theirs: nothing is remembered', { a: 3 }, ['a', 'b'], [], {}],
  ['the first pass that leaves some out', {}, ['a'], ['b'], { a: 1 }],
  ['who missed it keeps the turn of before', { a: 3, b: 1 }, ['c'], ['a', 'b', 'd'], { c: 4, a: 3, b: 1 }],
  ['who is gone is forgotten', { gone: 7, a: 1 }, ['a'], ['b'], { a: 8 }]
] as const) {
  test(`turns after a pass: ${name}`, () => {
    assert.deepEqual(Object.fromEntries(noteTurns(turns(before), had, missed)), after)
  })
}

test('a budget runs from its start, by the clock that never goes back', () => {
  let tick = 1000
  const budget = startBudget(50, { monotonic: () => tick })
  assert.equal(budget.leftMs(), 50)
  tick = 1049
  assert.equal(budget.leftMs(), 1)
  tick = 1060
  assert.equal(budget.leftMs(), -10)
})

test('half of a budget is over when half of what was left is', () => {
  let tick = 0
  const half = halfOf(startBudget(100, { monotonic: () => tick }))
  tick = 49
  assert.equal(half.leftMs(), 1)
  tick = 50
  assert.equal(half.leftMs(), 0)
  assert.deepEqual([SPENT.leftMs(), halfOf(UNLIMITED).leftMs() > 0], [0, true])
})
