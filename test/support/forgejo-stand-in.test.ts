import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ForgejoStandIn } from './forgejo-stand-in.ts'
import { type Exchange, recorded } from './recorded.ts'

/** What nobody asks the stand-in, and so it does not serve. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  settings: 'the client takes 50 as the size of a page',
  'repository, visible': 'the list of issues says whether a repo is visible, without read:repository',
  'repository, missing': 'as above',
  'repository, token lacks read:repository': 'as above'
}

const served = recorded.filter(({ name }) => NOT_SERVED[name] === undefined)

/** The world that the recording was made in. */
async function startRecordedWorld(t: TestContext): Promise<ForgejoStandIn> {
  const standIn = await ForgejoStandIn.start()
  t.after(() => standIn.stop())
  standIn.add('alice/demo', [
    { number: 1, state: 'open' },
    { number: 2, state: 'closed', closedAt: '2026-11-20T16:20:00Z' },
    { number: 3, state: 'closed', merged: true, head: { branch: 'feat-a' } },
    { number: 4, state: 'closed', head: { branch: 'feat-b' } },
    { number: 5, state: 'open', head: { branch: 'feat-c' } },
    { number: 6, state: 'open', head: { branch: 'dev/7' } },
    {
      number: 7,
      state: 'closed',
      merged: true,
      closedAt: '2026-11-20T16:21:06Z',
      head: { branch: 'dev/8', deleted: true }
    },
    {
      number: 8,
      state: 'closed',
      closedAt: '2026-11-20T16:21:08Z',
      head: { branch: 'boss/9', deleted: true }
    },
    { number: 9, state: 'open', head: { branch: 'dev/7', fork: true } }
  ])
  const numbers = Array.from({ length: 120 }, (_, index) => index + 1)
  standIn.add(
    'alice/many',
    numbers.map((number) => ({ number, state: number % 3 === 1 ? 'closed' : 'open' }))
  )
  standIn.add('alice/renamed', [{ number: 1, state: 'open' }])
  standIn.add('alice/ren', [], { movedTo: 'alice/renamed' })
  standIn.add('alice/arch', [{ number: 1, state: 'open' }])
  standIn.add('alice/secret', [{ number: 1, state: 'open' }], { hiddenFrom: ['bob', 'none'] })
  return standIn
}

const HEADERS = ['content-type', 'location', 'x-total-count']

/** Of an object, the fields that the client may go by; the others depend on ids and times. */
const FIELDS = [
  ['number'],
  ['state'],
  ['closed_at'],
  ['pull_request', 'merged'],
  ['repository', 'full_name'],
  ['head', 'label'],
  ['head', 'ref'],
  ['head', 'repo_id'],
  ['base', 'repo_id'],
  ['base', 'repo', 'full_name'],
  ['flow'],
  ['merged'],
  ['message'],
  ['version']
]

function fieldAt(body: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  }, body)
}

function whatIsRead(body: unknown): unknown {
  if (typeof body === 'string') return body
  if (Array.isArray(body)) return body.map(whatIsRead)
  return Object.fromEntries(FIELDS.map((path) => [path.join('.'), fieldAt(body, path)]))
}

async function replay(url: string, { request }: Exchange): Promise<unknown> {
  const headers = request.token === 'none' ? {} : { authorization: `token ${request.token}` }
  const { method, path } = request
  const answer = await fetch(new URL(path, url), { method, headers, redirect: 'manual' })
  const isJson = answer.headers.get('content-type')?.startsWith('application/json')
  const body: unknown = isJson ? await answer.json() : await answer.text()
  const read = HEADERS.map((name) => [name, answer.headers.get(name)])
  return { status: answer.status, headers: read, body: whatIsRead(body) }
}

function expected({ response }: Exchange): unknown {
  const read = HEADERS.map((name) => [name, response.headers[name] ?? null])
  return { status: response.status, headers: read, body: whatIsRead(response.body) }
}

test('the stand-in answers every recorded exchange as Forgejo 16 did', async (t) => {
  const standIn = await startRecordedWorld(t)
  for (const exchange of served) {
    await t.test(exchange.name, async () => {
      assert.deepEqual(await replay(standIn.url, exchange), expected(exchange))
    })
  }
  assert.equal(standIn.seen.length, recorded.length - Object.keys(NOT_SERVED).length)
  assert.equal(standIn.seen.length, 34)
})

test('what is not served exists in the recording, and gets the answer of an unknown route', async (t) => {
  const standIn = await startRecordedWorld(t)
  const names = recorded.map(({ name }) => name)
  assert.deepEqual(
    Object.keys(NOT_SERVED).filter((name) => !names.includes(name)),
    []
  )
  const answer = await fetch(new URL('/api/v1/settings/api', standIn.url))
  assert.equal(answer.status, 404)
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain/)
})

test('two recorded exchanges never share a name', () => {
  assert.equal(new Set(recorded.map(({ name }) => name)).size, recorded.length)
})
