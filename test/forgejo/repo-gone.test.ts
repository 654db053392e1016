import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { UNLIMITED } from '../../src/domain/budget.ts'
import { known, type Question } from '../../src/domain/fact.ts'
import { Asker, TokenRefusedError } from '../../src/forgejo/asker.ts'
import { ForgejoClient } from '../../src/forgejo/client.ts'
import { createPacer } from '../../src/forgejo/pacer.ts'
import { createTransport } from '../../src/forgejo/transport.ts'
import { ForgejoStandIn } from '../support/forgejo-stand-in.ts'

async function useForgejo(t: TestContext, token = 'all') {
  const standIn = await ForgejoStandIn.start()
  t.after(() => standIn.stop())
  let time = 0
  const sleep = async (ms: number) => {
    time += ms
  }
  const clock = { now: Date.now, monotonic: () => time, sleep, random: () => 0.5 }
  const transport = createTransport({ baseUrl: new URL(standIn.url), token, timeoutMs: 10_000 })
  t.after(() => transport.close())
  const pacer = createPacer(200, clock)
  const asker = new Asker({
    ...{ transport, pacer, clock, maxTries: 1, budget: UNLIMITED },
    interrupted: () => false
  })
  const paths = () => standIn.seen.map(({ path }) => path.replace('/api/v1/repos/', ''))
  return { standIn, client: new ForgejoClient(asker), paths }
}

const gone = (owner: string, name: string): Question => ({ kind: 'repo-gone', repo: { owner, name } })
const SEARCH = 'issues/search?state=all&limit=1'
const ONE = [{ number: 1, state: 'open' }] as const

test('a repo is gone when its page is, and the token is shown something', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  standIn.add('bob/peon', ONE)
  assert.deepEqual(await client.answer(gone('alice', 'gone')), known(true))
  assert.deepEqual(await client.answer(gone('alice', 'other')), known(true))
  assert.deepEqual(await client.answer(gone('BOB', 'Peon')), known(false))
  assert.deepEqual(paths(), ['alice/gone', SEARCH, 'alice/other', 'BOB/Peon'])
})

test('what the pass has seen already is not asked again', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  standIn.add('bob/peon', ONE)
  await client.isVisible({ owner: 'bob', name: 'peon' })
  assert.deepEqual(await client.answer(gone('bob', 'peon')), known(false))
  assert.deepEqual(await client.answer(gone('alice', 'gone')), known(true))
  assert.deepEqual(paths().slice(1), ['alice/gone'])
})

test('a repo without issues and pull requests is there, though it has no list of them', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('alice/code', [], { issuesOff: true, pullsOff: true })
  assert.deepEqual(await client.answer(gone('alice', 'code')), known(false))
})

test('a repo that moved is not gone, wherever it is now', async (t) => {
  const { standIn, client, paths } = await useForgejo(t)
  standIn.add('bob/peon', ONE)
  standIn.add('alice/old', [], { movedTo: 'secret/new' })
  assert.deepEqual(await client.answer(gone('alice', 'old')), known(false))
  assert.deepEqual(paths(), ['alice/old'])
})

for (const [what, status, type, body, code] of [
  ['another page', 200, 'application/json', '{"full_name":"alice/other"}', 'FORGEJO_BAD_ANSWER'],
  ['an empty object', 200, 'application/json', '{}', 'FORGEJO_BAD_ANSWER'],
  ['a 404 that is not Forgejo’s', 404, 'text/html', 'not found', 'FORGEJO_BAD_ANSWER'],
  ['a failure', 500, 'application/json', '{}', 'FORGEJO_SERVER_ERROR'],
  ['a refusal', 403, 'application/json', '{}', 'FORGEJO_FORBIDDEN']
] as const) {
  test(`${what} does not tell that a repo is gone`, async (t) => {
    const { standIn, client } = await useForgejo(t)
    standIn.add('bob/peon', ONE)
    standIn.fault = (_, response) => {
      response.writeHead(status, { 'content-type': type }).end(body)
      return true
    }
    const fact = await client.answer(gone('alice', 'gone'))
    assert.equal(!fact.known && fact.code, code)
  })
}

test('to a token that is shown nothing no repo is gone', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('bob/peon', ONE, { hiddenFrom: ['all'] })
  for (const name of ['gone', 'other']) {
    const fact = await client.answer(gone('alice', name))
    assert.equal(!fact.known && fact.code, 'FORGEJO_FORBIDDEN')
  }
})

test('a search that fails tells nothing', async (t) => {
  const { standIn, client } = await useForgejo(t)
  standIn.add('bob/peon', ONE)
  standIn.fault = (request, response) => {
    if (request.url?.includes('search') !== true) return false
    response.writeHead(502).end()
    return true
  }
  const fact = await client.answer(gone('alice', 'gone'))
  assert.equal(!fact.known && fact.code, 'FORGEJO_SERVER_ERROR')
})

test('a token without read:repository is refused', async (t) => {
  const { client } = await useForgejo(t, 'read:issue')
  await assert.rejects(client.answer(gone('alice', 'gone')), TokenRefusedError)
})
