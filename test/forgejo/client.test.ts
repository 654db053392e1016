import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { UNLIMITED } from '../../src/domain/budget.ts'
import type { Clock } from '../../src/domain/clock.ts'
import type { Fact, Question } from '../../src/domain/fact.ts'
import { Asker, TokenRefusedError } from '../../src/forgejo/asker.ts'
import { ForgejoClient } from '../../src/forgejo/client.ts'
import { createPacer } from '../../src/forgejo/pacer.ts'
import { createTransport, type Transport } from '../../src/forgejo/transport.ts'
import { type Fault, ForgejoStandIn, type Item } from '../support/forgejo-stand-in.ts'

const INTERVAL_MS = 200

/** Time passes only while it sleeps, and that takes none. */
class FakeClock implements Clock {
  #time = 0

  now(): number {
    return Date.now()
  }

  monotonic(): number {
    return this.#time
  }

  async sleep(ms: number): Promise<void> {
    this.#time += ms
  }

  random(): number {
    return 0.5
  }
}

interface Options {
  readonly token?: string
  readonly maxTries?: number
  readonly apiTimeoutMs?: number
}

async function useForgejo(t: TestContext, options: Options = {}) {
  const standIn = await ForgejoStandIn.start()
  t.after(() => standIn.stop())
  const clock = new FakeClock()
  const starts: number[] = []
  const transport = timed(createTransportTo(t, standIn.url, options), () => starts.push(clock.monotonic()))
  const pacer = createPacer(INTERVAL_MS, clock)
  const { maxTries = 5 } = options
  const asker = new Asker({ transport, pacer, clock, maxTries, interrupted: () => false, budget: UNLIMITED })
  const client = new ForgejoClient(asker)
  const paths = () => standIn.seen.map(({ path }) => path.replace('/api/v1/repos/', ''))
  return { standIn, client, asker, paths, starts }
}

function createTransportTo(t: TestContext, url: string, options: Options): Transport {
  const { token = 'all', apiTimeoutMs = 10_000 } = options
  const transport = createTransport({ baseUrl: new URL(url), token, timeoutMs: apiTimeoutMs })
  t.after(() => transport.close())
  return transport
}

const timed = (transport: Transport, note: () => void): Transport => ({
  get: (path) => {
    note()
    return transport.get(path)
  },
  close: () => transport.close()
})

function repoOf(name: string) {
  const [owner = '', repo = ''] = name.split('/')
  return { owner, name: repo }
}

const issue = (name: string, number: number): Question => ({ kind: 'issue', repo: repoOf(name), number })
const head = (name: string, number: number): Question => ({ kind: 'pull-head', repo: repoOf(name), number })
const pulls = (name: string): Question => ({ kind: 'open-pulls', repo: repoOf(name) })

const known = (value: unknown) => ({ known: true, value })
const codeOf = (fact: Fact<unknown>) => (fact.known ? `known ${JSON.stringify(fact.value)}` : fact.code)

function assertPaced(starts: readonly number[]): void {
  for (const [index, start] of starts.slice(1).entries()) {
    assert.ok(start - (starts[index] ?? 0) >= INTERVAL_MS, `starts ${starts}`)
  }
}

const CLOSED_AT = '2026-11-20T16:20:00Z'
const ITEMS: readonly Item[] = [
  { number: 1, state: 'open' },
  { number: 2, state: 'closed', closedAt: CLOSED_AT },
  { number: 3, state: 'closed', merged: true, closedAt: CLOSED_AT, head: { branch: 'feat-a' } },
  { number: 4, state: 'closed', closedAt: CLOSED_AT, head: { branch: 'feat-b' } },
  { number: 5, state: 'open', head: { branch: 'feat-c' } }
]

const closed = (pull: boolean, merged: boolean) => ({ state: 'closed', pull, merged, closedAt: CLOSED_AT })

for (const [name, number, state] of [
  ['an open issue', 1, { state: 'open', pull: false }],
  ['a closed issue', 2, closed(false, false)],
  ['a merged pull request', 3, closed(true, true)],
  ['a closed pull request', 4, closed(true, false)],
  ['an open pull request', 5, { state: 'open', pull: true }],
  ['an absent or deleted issue: the repo is visible, so it is missing', 10, { state: 'missing' }]
] as const) {
  for (const spelling of ['alice/demo', 'ALICE/Demo']) {
    test(`${name}, asked as ${spelling}`, async (t) => {
      const { standIn, client } = await useForgejo(t)
      standIn.add('alice/demo', ITEMS)
      assert.deepEqual(await client.answer(issue(spelling, number)), known(state))
    })
  }
}

for (const [name, repo, token] of [
  ['a deleted repo', 'alice/gone', 'all'],
  ['an unknown owner', 'nobodyhere/nope', 'all'],
  ['a private repo that the token cannot see', 'alice/secret', 'bob']
] as const) {
  test(`${name} is not visible`, async (t) => {
    const { standIn, client, paths } = await useForgejo(t, { token })
    standIn.add('alice/demo', ITEMS)
    standIn.add('alice/secret', ITEMS, { hiddenFrom: ['bob', 'none'] })
    assert.deepEqual(await client.answer(issue(repo, 1)), known({ state: 'not-visible' }))
    assert.deepEqual(await client.answer(pulls(repo)), known('not-visible'))
    assert.deepEqual(paths(), [
      `${repo}/issues/1`,
      `${repo}/issues?limit=1&state=all`,
      `${repo}/pulls?state=open&limit=50&page=1`
    ])
  })
}

test('whether a repo is visible is asked once, however many of its issues are missing', async (t) => {
  const { standIn, client, paths, starts } = await useForgejo(t)
  standIn.add('alice/demo', ITEMS)
  standIn.add('alice/other', ITEMS)
  for (const repo of ['alice/demo', 'alice/other']) {
    for (const spelling of [repo, repo.toUpperCase()]) {
      for (const number of [10, 11, 12]) {
        assert.deepEqual(await client.answer(issue(spelling, number)), known({ state: 'missing' }))
      }
    }
  }
  const lists = paths().filter((path) => path.includes('limit=1&'))
  assert.deepEqual(lists, ['alice/demo/issues?limit=1&state=all', 'alice/other/issues?limit=1&state=all'])
  assertPaced(starts)
})

test('a missing issue is unknown when the list behind it cannot be had', async (t) => {
  const { standIn, client } = await useForgejo(t, { maxTries: 2 })
  standIn.add('alice/demo', ITEMS)
  standIn.fault = (request, response) => {
    if (!request.url?.includes('limit=1&')) return false
    response.writeHead(503).end()
    return true
  }
  assert.equal(codeOf(await client.answer(issue('alice/demo', 10))), 'FORGEJO_SERVER_ERROR')
})

test('the issues unit off: an issue is missing, a pull request is there', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('alice/demo', ITEMS, { issuesOff: true })
  assert.deepEqual(await client.answer(issue('alice/demo', 2)), known({ state: 'missing' }))
  assert.deepEqual(await client.answer(issue('alice/demo', 5)), known({ state: 'open', pull: true }))
})

test('the pull requests unit off: neither the open ones nor a head are known', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('alice/demo', ITEMS, { pullsOff: true })
  assert.equal(codeOf(await client.answer(pulls('alice/demo'))), 'FORGEJO_BAD_ANSWER')
  assert.equal(codeOf(await client.answer(head('alice/demo', 3))), 'FORGEJO_BAD_ANSWER')
})

for (const [name, old] of [
  ['', 'alice/ren'],
  [', asked in upper case', 'ALICE/REN']
] as const) {
  test(`a renamed repo${name} is followed once per question, in its turn`, async (t) => {
    const { standIn, client, asker, paths, starts } = await useForgejo(t)
    standIn.add('alice/renamed', ITEMS)
    standIn.add('alice/ren', [], { movedTo: 'alice/renamed' })
    assert.deepEqual(await client.answer(issue(old, 2)), known(closed(false, false)))
    assert.deepEqual(await client.answer(issue(old, 10)), known({ state: 'missing' }))
    assert.deepEqual(await client.answer(pulls(old)), known([{ number: 5, branch: 'feat-c' }]))
    assert.deepEqual(await client.answer(head(old, 3)), known('feat-a'))
    assert.equal(paths()[1], 'alice/renamed/issues/2')
    assert.equal(asker.counts.requests, 2 + 3 + 2 + 2)
    assertPaced(starts)
  })
}

for (const status of [301, 302, 307, 308]) {
  test(`a repo renamed with status ${status}`, async (t) => {
    const { standIn, client } = await useForgejo(t)
    standIn.add('alice/renamed', ITEMS)
    standIn.fault = redirect('alice/ren/', status, '/api/v1/repos/alice/renamed/issues/1')
    assert.deepEqual(await client.answer(issue('alice/ren', 1)), known({ state: 'open', pull: false }))
  })
}

function redirect(asked: string, status: number, location: string): Fault {
  return (request, response) => {
    if (!request.url?.includes(asked)) return false
    response.writeHead(status, { location, 'content-type': 'text/html' }).end('moved')
    return true
  }
}

for (const [name, location] of [
  ['another number', '/api/v1/repos/alice/renamed/issues/2'],
  ['a corrupt path', '/carol/v1/repos/api/demo/issues/1'],
  ['a login page', '/user/login'],
  ['another host', 'http://evil.invalid/api/v1/repos/alice/renamed/issues/1']
] as const) {
  test(`a redirect to ${name} is unknown after one request`, async (t) => {
    const { standIn, client, paths } = await useForgejo(t)
    standIn.add('alice/renamed', ITEMS)
    standIn.fault = redirect('alice/ren/', 301, location)
    assert.equal(codeOf(await client.answer(issue('alice/ren', 1))), 'FORGEJO_REDIRECT')
    assert.deepEqual(paths(), ['alice/ren/issues/1'])
  })
}

test('redirects in a circle end after two requests', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  standIn.add('alice/one', [], { movedTo: 'alice/two' })
  standIn.add('alice/two', [], { movedTo: 'alice/one' })
  assert.equal(codeOf(await client.answer(issue('alice/one', 1))), 'FORGEJO_REDIRECT')
  assert.deepEqual(paths(), ['alice/one/issues/1', 'alice/two/issues/1'])
})

test('a repo renamed to itself is not asked for ever', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  standIn.add('alice/one', [], { movedTo: 'alice/one' })
  assert.equal(codeOf(await client.answer(issue('alice/one', 1))), 'FORGEJO_REDIRECT')
  assert.equal(paths().length, 2)
})

test('a redirect whose target answers for a third repo is not believed', async (t) => {
  const { standIn, client } = await useForgejo(t, { maxTries: 1 })
  const other = standIn.add('alice/renamed', ITEMS)
  standIn.add('alice/ren', [], { movedTo: 'alice/renamed' })
  Object.assign(other, { name: 'alice/third' })
  assert.equal(codeOf(await client.answer(issue('alice/ren', 2))), 'FORGEJO_BAD_ANSWER')
})

for (const [name, token, repo, question, message] of [
  ['a bad token', 'bad', 'alice/demo', issue, /401/],
  ['a token without read:issue', 'read:user', 'alice/demo', issue, /lacks the scope read:issue;/],
  ['the same, for a repo that does not exist', 'read:user', 'alice/gone', issue, /read:issue;/],
  ['a token without read:repository', 'read:issue', 'alice/demo', pulls, /lacks the scope read:repository;/]
] as const) {
  test(`${name} stops the pass, after one request`, async (t) => {
    const { standIn, client, asker } = await useForgejo(t, { token })
    standIn.add('alice/demo', ITEMS)
    await assert.rejects(client.answer(question(repo, 1)), (error: unknown) => {
      assert.ok(error instanceof TokenRefusedError)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /malformed|0000/)
      return true
    })
    assert.deepEqual(asker.counts, { requests: 1, retries: 0 })
  })
}

const JSON_TYPE = { 'content-type': 'application/json;charset=utf-8' }
const TOO_LARGE = ' '.repeat(16 * 1024 * 1024 + 1)

interface Broken {
  readonly name: string
  readonly code: RegExp
  readonly options?: Options
  readonly answer: (response: ServerResponse) => void
}

const BROKEN: readonly Broken[] = [
  {
    name: 'status 500',
    code: /^FORGEJO_SERVER_ERROR$/,
    answer: (response) => response.writeHead(500, JSON_TYPE).end('{"message":""}')
  },
  {
    name: 'status 502 with HTML',
    code: /^FORGEJO_SERVER_ERROR$/,
    answer: (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html>')
  },
  {
    name: 'a bot wall with status 200',
    code: /^FORGEJO_BAD_ANSWER$/,
    answer: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  },
  {
    name: 'the empty object of an issue that Forgejo failed to load',
    code: /^FORGEJO_BAD_ANSWER$/,
    answer: (response) => response.writeHead(200, JSON_TYPE).end('{"number":0,"state":"","repository":null}')
  },
  {
    name: 'truncated JSON',
    code: /^FORGEJO_BAD_ANSWER$/,
    answer: (response) => response.writeHead(200, JSON_TYPE).end('{"number":1,"state":"clo')
  },
  {
    name: 'JSON that ends before its Content-Length',
    code: /^FORGEJO_UNREACHABLE$/,
    answer: (response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '500' })
      response.write('{"number":1,', () => response.destroy())
    }
  },
  {
    name: 'JSON that is longer than its Content-Length',
    // The rest may be read together with the answer, or as what no answer starts with.
    code: /^FORGEJO_(?:BAD_ANSWER|UNREACHABLE)$/,
    answer: (response) =>
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '9' }).end('{"number":1,"state":"closed"}')
  },
  {
    name: 'a connection that is reset',
    code: /^FORGEJO_UNREACHABLE$/,
    answer: (response) => response.socket?.destroy()
  },
  {
    name: 'no answer in time',
    code: /^FORGEJO_TIMEOUT$/,
    options: { apiTimeoutMs: 200, maxTries: 2 },
    answer: () => {}
  },
  {
    name: 'more than 16 MiB',
    code: /^FORGEJO_BAD_ANSWER$/,
    options: { maxTries: 2 },
    answer: (response) => response.writeHead(200, JSON_TYPE).end(TOO_LARGE)
  },
  {
    name: 'status 429',
    code: /^FORGEJO_RATE_LIMITED$/,
    answer: (response) => response.writeHead(429, { 'retry-after': '7' }).end()
  }
]

for (const { name, code, options = {}, answer } of BROKEN) {
  test(`${name}: unknown after all tries, each in its turn`, async (t) => {
    const { standIn, client, asker, starts } = await useForgejo(t, options)
    standIn.add('alice/demo', ITEMS)
    standIn.fault = (_request, response) => {
      answer(response)
      return true
    }
    const { maxTries = 5 } = options
    assert.match(codeOf(await client.answer(issue('alice/demo', 1))), code)
    assert.deepEqual(asker.counts, { requests: maxTries, retries: maxTries - 1 })
    assert.equal(asker.reached, false)
    assertPaced(starts)
  })

  test(`${name}, and then a good answer: known`, async (t) => {
    const { standIn, client } = await useForgejo(t, { maxTries: 5 })
    standIn.add('alice/demo', ITEMS)
    let faults = options.apiTimeoutMs === undefined ? 1 : 0
    standIn.fault = (_request, response) => {
      if (faults === 0) return false
      faults -= 1
      answer(response)
      return true
    }
    assert.deepEqual(await client.answer(issue('alice/demo', 2)), known(closed(false, false)))
  })
}

test('a 429 whose Retry-After is too far away is unknown after one request', async (t) => {
  const { standIn, client, asker } = await useForgejo(t)
  standIn.fault = (_request, response) => {
    response.writeHead(429, { 'retry-after': '3600' }).end()
    return true
  }
  assert.equal(codeOf(await client.answer(issue('alice/demo', 1))), 'FORGEJO_RATE_LIMITED')
  assert.equal(asker.counts.requests, 1)
})

test('an old name that a new repo has taken cannot be told apart', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('alice/demo', [{ number: 1, state: 'closed', closedAt: CLOSED_AT }])
  assert.deepEqual(await client.answer(issue('alice/demo', 1)), known(closed(false, false)))
})

/** So many open pull requests, numbered from 1. */
const openPulls = (count: number): Item[] =>
  Array.from({ length: count }, (_, index) => ({
    number: index + 1,
    state: 'open',
    head: { branch: `dev/${index + 1}` }
  }))

const newestFirst = (items: readonly Item[]) =>
  items.toReversed().map(({ number }) => ({ number, branch: `dev/${number}` }))

for (const [count, pages] of [
  [0, 1],
  [1, 1],
  [49, 1],
  [50, 1],
  [51, 2],
  [100, 2],
  [120, 3]
] as const) {
  const reads = pages === 1 ? 1 : 2
  test(`${count} open pull requests are read in ${pages} pages, ${reads} times`, async (t) => {
    const { standIn, client, paths, starts } = await useForgejo(t)
    const items = openPulls(count)
    standIn.add('alice/demo', [...items, { number: 999, state: 'open' }])
    standIn.add('alice/demo', [{ number: 998, state: 'closed', head: { branch: 'dev/998' } }])
    assert.deepEqual(await client.answer(pulls('alice/demo')), known(newestFirst(items)))
    const asked = paths().map((path) => path.replace('alice/demo/pulls?state=open&limit=50&page=', ''))
    assert.deepEqual(
      asked,
      Array.from({ length: pages * reads }, (_, index) => `${(index % pages) + 1}`)
    )
    assertPaced(starts)
  })
}

test('a Forgejo that clamps the limit further than ours is read to the end', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  const items = openPulls(120)
  standIn.add('alice/demo', items)
  standIn.fault = (request) => {
    request.url = request.url?.replace('limit=50', 'limit=20') ?? ''
    return false
  }
  assert.deepEqual(await client.answer(pulls('alice/demo')), known(newestFirst(items)))
  assert.equal(paths().length, 12)
})

/** Changes the world just before page 2 is answered, so many times. */
function beforePageTwo(standIn: ForgejoStandIn, times: number, change: (time: number) => void): void {
  let time = 0
  standIn.fault = (request) => {
    if (request.url?.endsWith('&page=2') && time < times) {
      time += 1
      change(time)
    }
    return false
  }
}

const close = (items: Item[], number: number): Item[] =>
  items.map((item) => (item.number === number ? { ...item, state: 'closed' } : item))

for (const [name, number] of [
  ['of the first page', 120],
  ['of a later page', 20]
] as const) {
  test(`a pull request ${name} closing between two pages has the list read anew`, async (t) => {
    const { standIn, client, paths } = await useForgejo(t)
    const repo = standIn.add('alice/demo', openPulls(120))
    beforePageTwo(standIn, 1, () => {
      repo.items = close(repo.items, number)
    })
    const left = openPulls(120).filter((item) => item.number !== number)
    assert.deepEqual(await client.answer(pulls('alice/demo')), known(newestFirst(left)))
    assert.deepEqual(
      paths()
        .map((path) => path.replace(/.*page=/, ''))
        .slice(-6),
      ['1', '2', '3', '1', '2', '3']
    )
  })
}

test('a pull request opening between two pages has the list read anew', async (t) => {
  const { standIn, client } = await useForgejo(t)
  const repo = standIn.add('alice/demo', openPulls(120))
  beforePageTwo(standIn, 1, () => {
    repo.items = openPulls(121)
  })
  assert.deepEqual(await client.answer(pulls('alice/demo')), known(newestFirst(openPulls(121))))
})

test('one opening while one of a later page closes: the total stays, one comes twice, and it is read anew', async (t) => {
  const { standIn, client } = await useForgejo(t)
  const repo = standIn.add('alice/demo', openPulls(120))
  beforePageTwo(standIn, 1, () => {
    repo.items = close(openPulls(121), 20)
  })
  const left = openPulls(121).filter(({ number }) => number !== 20)
  assert.deepEqual(await client.answer(pulls('alice/demo')), known(newestFirst(left)))
})

test('one closing while an older one is reopened: nothing but a second read tells that one was missed', async (t) => {
  const { standIn, client } = await useForgejo(t)
  const repo = standIn.add('alice/demo', close(openPulls(121), 5))
  beforePageTwo(standIn, 1, () => {
    repo.items = close(openPulls(121), 100)
  })
  const left = openPulls(121).filter(({ number }) => number !== 100)
  assert.deepEqual(await client.answer(pulls('alice/demo')), known(newestFirst(left)))
})

test('a list that changes each time it is read is unknown', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  const repo = standIn.add('alice/demo', openPulls(120))
  beforePageTwo(standIn, 100, (time) => {
    repo.items = close(repo.items, 121 - time)
  })
  assert.equal(codeOf(await client.answer(pulls('alice/demo'))), 'FORGEJO_BAD_ANSWER')
  assert.equal(paths().length, 12)
})

test('a page that cannot be had makes the whole list unknown', async (t) => {
  const { standIn, client } = await useForgejo(t, { maxTries: 2 })
  standIn.add('alice/demo', openPulls(120))
  standIn.fault = (request, response) => {
    if (!request.url?.endsWith('&page=3')) return false
    response.writeHead(500).end()
    return true
  }
  assert.equal(codeOf(await client.answer(pulls('alice/demo'))), 'FORGEJO_SERVER_ERROR')
})

test('a null in the list makes it unknown', async (t) => {
  const { standIn, client } = await useForgejo(t, { maxTries: 2 })
  standIn.fault = (_request, response) => {
    response.writeHead(200, { ...JSON_TYPE, 'x-total-count': '1' }).end('[null]')
    return true
  }
  assert.equal(codeOf(await client.answer(pulls('alice/demo'))), 'FORGEJO_BAD_ANSWER')
})

for (const [name, item, branch] of [
  ['of an open pull request', { state: 'open', head: { branch: 'dev/7' } }, 'dev/7'],
  ['of a merged one', { state: 'closed', merged: true, head: { branch: 'dev/7' } }, 'dev/7'],
  [
    'that was deleted after the merge',
    { state: 'closed', merged: true, head: { branch: 'dev/7', deleted: true } },
    'dev/7'
  ],
  ['in a fork', { state: 'open', head: { branch: 'dev/7', fork: true } }, null],
  ['made by AGit', { state: 'open', head: { branch: 'alice/topic', flow: 1 } }, null]
] as const) {
  test(`the head branch ${name}`, async (t) => {
    const { standIn, client, paths } = await useForgejo(t)
    standIn.add('alice/demo', [{ number: 6, ...item }])
    assert.deepEqual(await client.answer(head('alice/demo', 6)), known(branch))
    assert.deepEqual(paths(), ['alice/demo/pulls/6'])
    const list = item.state === 'open' ? [{ number: 6, branch }] : []
    assert.deepEqual(await client.answer(pulls('alice/demo')), known(list))
  })
}

test('the head branch of an issue is unknown', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('alice/demo', ITEMS)
  assert.equal(codeOf(await client.answer(head('alice/demo', 1))), 'FORGEJO_BAD_ANSWER')
})

test('never two requests are in flight', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.delayMs = 5
  standIn.add('alice/demo', openPulls(120))
  await client.answer(pulls('alice/demo'))
  await client.answer(issue('alice/demo', 999))
  assert.equal(Math.max(...standIn.seen.map(({ inFlight }) => inFlight)), 1)
})
