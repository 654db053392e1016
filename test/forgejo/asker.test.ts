import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBudget, UNLIMITED } from '../../src/domain/budget.ts'
import type { Clock } from '../../src/domain/clock.ts'
import type { Fact } from '../../src/domain/fact.ts'
import { Asker, type AskerOptions, TokenRefusedError } from '../../src/forgejo/asker.ts'
import { meaningOf } from '../../src/forgejo/meaning.ts'
import { createPacer } from '../../src/forgejo/pacer.ts'
import { type HttpAnswer, type Transport, TransportError } from '../../src/forgejo/transport.ts'

const START = Date.parse('2026-11-21T12:00:00Z')

class FakeClock implements Clock {
  slept: number[] = []
  chance = 0.5
  #time = 0

  now(): number {
    return START + this.#time
  }

  monotonic(): number {
    return this.#time
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms)
    this.#time += ms
  }

  random(): number {
    return this.chance
  }
}

const answer = (status: number, more: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status,
  contentType: 'application/json;charset=utf-8',
  location: undefined,
  retryAfter: undefined,
  date: undefined,
  totalCount: undefined,
  body: '"yes"',
  ...more
})

const OK = answer(200)
const DOWN = answer(503)
const WALL = { contentType: 'text/html', body: '<html>who are you?</html>' }

/** A transport that plays its script, and then its last step again and again. */
class Script implements Transport {
  asked: string[] = []
  readonly #steps: readonly (HttpAnswer | Error)[]

  constructor(...steps: (HttpAnswer | Error)[]) {
    this.#steps = steps
  }

  async get(path: string): Promise<HttpAnswer> {
    const step = this.#steps[Math.min(this.asked.length, this.#steps.length - 1)]
    this.asked.push(path)
    if (step === undefined || step instanceof Error) throw step ?? new Error('no script')
    return step
  }

  async close(): Promise<void> {}
}

function useAsker(transport: Script, more: Partial<AskerOptions> = {}) {
  const clock = new FakeClock()
  let paced = 0
  const pacer = async () => {
    paced += 1
    return true
  }
  const asker = new Asker({
    transport,
    pacer,
    clock,
    maxTries: 5,
    interrupted: () => false,
    budget: UNLIMITED,
    ...more
  })
  const PATH = '/repos/alice/demo/issues/1'
  const ask = () =>
    asker.ask(PATH, (got) => meaningOf(got, PATH, (body) => (typeof body === 'string' ? body : undefined)))
  return { asker, ask, clock, transport, paced: () => paced }
}

const codeOf = (fact: Fact<unknown>) => (fact.known ? 'known' : fact.code)
const YES = { known: true, value: { kind: 'value', value: 'yes' } }

test('a good answer is known after one request, without a pause', async () => {
  const { ask, clock, asker, paced, transport } = useAsker(new Script(OK))
  assert.deepEqual(await ask(), YES)
  assert.deepEqual(transport.asked, ['/repos/alice/demo/issues/1'])
  assert.deepEqual(asker.counts, { requests: 1, retries: 0 })
  assert.deepEqual([clock.slept, paced(), asker.reached], [[], 1, true])
})

for (const [name, chance, pauses] of [
  ['least', 0, [250, 500, 1000, 2000]],
  ['middling', 0.5, [375, 750, 1500, 3000]],
  ['most', 1 - Number.EPSILON, [500, 1000, 2000, 4000]]
] as const) {
  test(`five tries, with growing pauses between them: ${name} chance`, async () => {
    const { ask, clock, asker, paced } = useAsker(new Script(DOWN))
    clock.chance = chance
    assert.equal(codeOf(await ask()), 'FORGEJO_SERVER_ERROR')
    assert.deepEqual(clock.slept.map(Math.round), pauses)
    assert.deepEqual(asker.counts, { requests: 5, retries: 4 })
    assert.equal(paced(), 5)
  })
}

for (const [name, step, code] of [
  ['500', answer(500), 'FORGEJO_SERVER_ERROR'],
  ['504 with HTML', answer(504, WALL), 'FORGEJO_SERVER_ERROR'],
  ['429', answer(429), 'FORGEJO_RATE_LIMITED'],
  ['a bot wall with 200', answer(200, WALL), 'FORGEJO_BAD_ANSWER'],
  ['a bot wall with 403', answer(403, WALL), 'FORGEJO_BAD_ANSWER'],
  [
    'a text 404',
    answer(404, { contentType: 'text/plain', body: '404 page not found' }),
    'FORGEJO_BAD_ANSWER'
  ],
  ['truncated JSON', answer(200, { body: '{"number":' }), 'FORGEJO_BAD_ANSWER'],
  ['an answer about something else', answer(200, { body: '{}' }), 'FORGEJO_BAD_ANSWER'],
  ['a timeout', new TransportError('FORGEJO_TIMEOUT', 'slow'), 'FORGEJO_TIMEOUT'],
  ['a reset', new TransportError('FORGEJO_UNREACHABLE', 'reset'), 'FORGEJO_UNREACHABLE']
] as const) {
  test(`${name} is tried again, and believed when the second answer is good`, async () => {
    const { ask, asker } = useAsker(new Script(step, OK))
    assert.deepEqual(await ask(), YES)
    assert.deepEqual(asker.counts, { requests: 2, retries: 1 })
  })

  test(`${name} on every try is unknown, and proves nothing about Forgejo`, async () => {
    const { ask, asker } = useAsker(new Script(step))
    assert.equal(codeOf(await ask()), code)
    assert.deepEqual([asker.counts.requests, asker.reached], [5, false])
  })
}

for (const [name, step, expected] of [
  ['404', answer(404), 'known'],
  ['403 that names no scope', answer(403), 'FORGEJO_FORBIDDEN'],
  ['redirect to nowhere', answer(301, { location: '/user/login' }), 'FORGEJO_REDIRECT']
] as const) {
  test(`a ${name} is an answer: it is not tried again, and Forgejo counts as reached`, async () => {
    const { ask, asker } = useAsker(new Script(step))
    assert.equal(codeOf(await ask()), expected)
    assert.deepEqual([asker.counts.requests, asker.reached], [1, true])
  })
}

const inSeconds = (seconds: number) => new Date(START + seconds * 1000).toUTCString()

for (const [name, retryAfter, pauses] of [
  ['seconds', '7', [7000]],
  ['0 seconds', '0', [0]],
  ['60 seconds', '60', [60_000]],
  ['a date', inSeconds(9), [9000]],
  ['a date that has passed', inSeconds(-9), [0]],
  ['a date 60 s away', inSeconds(60), [60_000]],
  ['nonsense: the usual pause', 'soon', [375]],
  ['nothing: the usual pause', undefined, [375]]
] as const) {
  test(`Retry-After with ${name}`, async () => {
    const { ask, clock } = useAsker(new Script(answer(429, { retryAfter }), OK))
    assert.deepEqual(await ask(), YES)
    assert.deepEqual(clock.slept, pauses)
  })
}

for (const [name, retryAfter] of [
  ['61 seconds', '61'],
  ['a year', '31536000'],
  ['a number of seconds with 30 digits', '9'.repeat(30)],
  ['a date 61 s away', inSeconds(61)]
] as const) {
  test(`Retry-After with ${name} is too long: it gives up at once`, async () => {
    const { ask, clock, asker } = useAsker(new Script(answer(429, { retryAfter })))
    assert.equal(codeOf(await ask()), 'FORGEJO_RATE_LIMITED')
    assert.deepEqual([clock.slept, asker.counts.requests], [[], 1])
  })
}

test('Retry-After counts on a 503 too', async () => {
  const { ask, clock } = useAsker(new Script(answer(503, { retryAfter: '3' }), OK))
  assert.deepEqual(await ask(), YES)
  assert.deepEqual(clock.slept, [3000])
})

test('after three questions in a row that failed on every try nothing more is asked', async () => {
  const { ask, asker, paced } = useAsker(new Script(DOWN))
  const codes = []
  for (let question = 0; question < 5; question += 1) codes.push(codeOf(await ask()))
  const [failed, stopped] = ['FORGEJO_SERVER_ERROR', 'FORGEJO_STOPPED']
  assert.deepEqual(codes, [failed, failed, failed, stopped, stopped])
  assert.deepEqual([asker.counts.requests, paced()], [15, 15])
})

for (const [name, between, code] of [
  ['a good answer', OK, 'known'],
  ['a 404', answer(404), 'known'],
  ['a 403 that names no scope', answer(403), 'FORGEJO_FORBIDDEN']
] as const) {
  test(`${name} between failed questions starts the count anew`, async () => {
    const { ask } = useAsker(new Script(DOWN, DOWN, between, DOWN), { maxTries: 1 })
    const codes = []
    for (let question = 0; question < 7; question += 1) codes.push(codeOf(await ask()))
    const [failed, stopped] = ['FORGEJO_SERVER_ERROR', 'FORGEJO_STOPPED']
    assert.deepEqual(codes, [failed, failed, code, failed, failed, failed, stopped])
  })
}

test('an interrupted pass asks nothing', async () => {
  const { ask, asker, transport } = useAsker(new Script(OK), { interrupted: () => true })
  assert.equal(codeOf(await ask()), 'INTERRUPTED')
  assert.deepEqual([asker.counts.requests, transport.asked, asker.reached], [0, [], false])
})

test('an interrupt between two tries ends the question, without another request', async () => {
  const transport = new Script(DOWN)
  const { ask, asker } = useAsker(transport, { interrupted: () => transport.asked.length === 2 })
  assert.equal(codeOf(await ask()), 'INTERRUPTED')
  assert.deepEqual(asker.counts, { requests: 2, retries: 1 })
})

test('an interrupt while a turn is waited for ends the wait, without spinning until the turn comes', async () => {
  const clock = new FakeClock()
  let sleeps = 0
  // As the real clock does once a signal has come: every sleep is over at once, and no time has passed.
  const cutShort = async (ms: number) => {
    sleeps += 1
    if (sleeps > 100) await clock.sleep(ms)
  }
  const interrupted: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    random: () => 0,
    sleep: cutShort
  }
  const transport = new Script(OK)
  const { ask } = useAsker(transport, {
    pacer: createPacer(3_600_000, interrupted, () => transport.asked.length > 0),
    clock: interrupted,
    interrupted: () => transport.asked.length > 0
  })
  assert.deepEqual(await ask(), YES)
  assert.equal(codeOf(await ask()), 'INTERRUPTED')
  assert.ok(sleeps < 100, `${sleeps} sleeps`)
})

test('interrupted questions do not count as failed ones', async () => {
  const transport = new Script(DOWN, DOWN, DOWN, DOWN, OK)
  let stop = true
  const { ask } = useAsker(transport, { interrupted: () => stop && transport.asked.length > 0 })
  for (let question = 0; question < 4; question += 1) assert.equal(codeOf(await ask()), 'INTERRUPTED')
  stop = false
  assert.deepEqual(await ask(), YES)
})

for (const [name, seconds, worst] of [
  ['ahead', [60], 60_000],
  ['behind', [-90], -90_000],
  ['the same', [0], 0],
  ['first ahead, then further behind', [5, -100, 20], -100_000],
  ['first behind, then further ahead', [-5, 100, 20], 100_000]
] as const) {
  test(`the worst skew of Forgejo's clock is kept: ${name}`, async () => {
    const steps = seconds.map((one) => answer(200, { date: inSeconds(one) }))
    const { ask, asker } = useAsker(new Script(...steps))
    for (const _ of steps) await ask()
    assert.equal(asker.skewMs, worst)
  })
}

for (const [name, steps] of [
  ['no answer', [new TransportError('FORGEJO_TIMEOUT', 'slow')]],
  ['no Date header', [OK]],
  ['a Date header that is none', [answer(200, { date: 'tomorrow' })]],
  ["a proxy's own page", [answer(502, { date: inSeconds(1e6) })]],
  ['a bot wall with 200', [answer(200, { ...WALL, date: inSeconds(1e6) })]]
] as const) {
  test(`the skew is not known from ${name}`, async () => {
    const { ask, asker } = useAsker(new Script(...steps))
    await ask()
    assert.equal(asker.skewMs, null)
  })
}

const SECRET = 'f00dfeedf00dfeed'

for (const [name, step, text] of [
  ['401', answer(401, { body: JSON.stringify({ message: `no token ${SECRET}` }) }), /401.*FORGEJO_TOKEN/],
  ['401 with HTML', answer(401, { ...WALL, body: SECRET }), /401/],
  [
    '403 that names a scope',
    answer(403, {
      body: '{"message":"token does not have at least one of required scope(s): [read:issue]"}'
    }),
    /lacks the scope read:issue;/
  ]
] as const) {
  test(`a ${name} ends the pass with one request, and its message tells what to do`, async () => {
    const { ask, asker } = useAsker(new Script(step))
    await assert.rejects(ask(), (error: unknown) => {
      assert.ok(error instanceof TokenRefusedError)
      assert.equal(error.code, 'TOKEN_REFUSED')
      assert.match(error.message, text)
      assert.ok(!`${error.stack} ${JSON.stringify(error)} ${error.cause}`.includes(SECRET))
      return true
    })
    assert.deepEqual(asker.counts, { requests: 1, retries: 0 })
  })
}

test('an error that is not the transport’s is a bug, and is not swallowed', async () => {
  const { ask } = useAsker(new Script(new RangeError('bug')))
  await assert.rejects(ask(), RangeError)
})

/** Requests that take their time, of which none may start past the deadline. */
function useBudget(ms: number, step: HttpAnswer) {
  const transport = new Script(step)
  const clock = new FakeClock()
  const budget = startBudget(ms, clock)
  const pacer = createPacer(200, clock, () => false, budget)
  return { ...useAsker(transport, { pacer, clock, budget }), clock }
}

test('past the deadline nothing is asked any more, and nothing is waited for', async () => {
  const { ask, clock, transport } = useBudget(500, OK)
  const codes: string[] = []
  for (let question = 0; question < 6; question += 1) codes.push(codeOf(await ask()))
  assert.deepEqual(codes, ['known', 'known', 'known', 'DEADLINE', 'DEADLINE', 'DEADLINE'])
  assert.deepEqual([transport.asked.length, clock.slept], [3, [200, 200]])
})

for (const [name, step, slept] of [
  ['pauses between tries', DOWN, [375]],
  ['a Retry-After', answer(429, { retryAfter: '30' }), []]
] as const) {
  test(`${name} past the deadline: the question counts as not asked, and is the last one`, async () => {
    const { ask, clock, transport } = useBudget(600, step)
    for (let question = 0; question < 4; question += 1) assert.equal(codeOf(await ask()), 'DEADLINE')
    assert.deepEqual([transport.asked.length, clock.slept], [1 + slept.length, slept])
  })
}
