import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../src/domain/clock.ts'
import { createPacer } from '../../src/forgejo/pacer.ts'

/** A clock whose timers fire after `share` of the time asked for, but move on by `least` ms. */
class EarlyClock implements Clock {
  time = 1000
  slept: number[] = []
  readonly #share: number
  readonly #least: number

  constructor(share: number, least = 1) {
    this.#share = share
    this.#least = least
  }

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.time
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms)
    this.time += Math.max(this.#least, ms * this.#share)
  }

  random(): number {
    return 0
  }
}

const gapsOf = (starts: readonly number[]) =>
  starts.slice(1).map((start, index) => start - (starts[index] ?? Number.NaN))

for (const [name, share, least] of [
  ['on time', 1, 1],
  ['a moment early', 0.99, 0.25],
  ['half way', 0.5, 0.5],
  ['nearly at once', 0.01, 0.3],
  ['late', 1.7, 1]
] as const) {
  test(`timers that fire ${name} let no two requests start within an interval`, async () => {
    const clock = new EarlyClock(share, least)
    const pacer = createPacer(200, clock)
    const starts: number[] = []
    for (let request = 0; request < 20; request += 1) {
      await pacer()
      starts.push(clock.monotonic())
    }
    assert.ok(Math.min(...gapsOf(starts)) >= 200, `gaps ${gapsOf(starts)}`)
  })
}

test('the first request starts at once', async () => {
  const clock = new EarlyClock(1)
  await createPacer(200, clock)()
  assert.deepEqual(clock.slept, [])
})

for (const [name, spent, waits] of [
  ['longer than the interval waits for nothing', 250, []],
  ['as long as the interval waits for nothing', 200, []],
  ['shorter than the interval waits for the rest only', 150, [50]],
  ['of no time waits for the whole interval', 0, [200]]
] as const) {
  test(`a request after an answer ${name}`, async () => {
    const clock = new EarlyClock(1)
    const pacer = createPacer(200, clock)
    await pacer()
    clock.time += spent
    await pacer()
    assert.deepEqual(clock.slept, waits)
  })
}

test('time lost to a slow answer is not made up for by a burst', async () => {
  const clock = new EarlyClock(1)
  const pacer = createPacer(200, clock)
  await pacer()
  clock.time += 5000
  const starts: number[] = []
  for (let request = 0; request < 3; request += 1) {
    await pacer()
    starts.push(clock.time)
  }
  assert.deepEqual(starts, [6000, 6200, 6400])
})

test('an interval of 0 never waits', async () => {
  const clock = new EarlyClock(1)
  const pacer = createPacer(0, clock)
  for (let request = 0; request < 3; request += 1) await pacer()
  assert.deepEqual(clock.slept, [])
})
