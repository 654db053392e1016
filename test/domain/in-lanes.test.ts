import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { inLanes } from '../../src/domain/in-lanes.ts'

const THINGS = ['a1', 'a2', 'b1', 'c1', 'a3', 'c2']
const laneOf = (thing: string): string => thing.slice(0, 1)

test('all are acted on, those of a lane in their order and never at once; no more lanes than allowed', async () => {
  const underWay = new Set<string>()
  const order: string[] = []
  let most = 0
  const results = await inLanes(THINGS, laneOf, 2, async (thing, index) => {
    assert.equal(underWay.has(laneOf(thing)), false, `${thing} has its lane for itself`)
    underWay.add(laneOf(thing))
    most = Math.max(most, underWay.size)
    order.push(thing)
    await turn()
    underWay.delete(laneOf(thing))
    return `${index}: ${thing}`
  })
  assert.deepEqual(
    results,
    THINGS.map((thing, index) => `${index}: ${thing}`)
  )
  assert.deepEqual(
    order.filter((thing) => laneOf(thing) === 'a'),
    ['a1', 'a2', 'a3']
  )
  assert.equal(most, 2)
})

test('nothing to act on is done at once', async () => {
  assert.deepEqual(await inLanes([], laneOf, 2, async () => 0), [])
})
