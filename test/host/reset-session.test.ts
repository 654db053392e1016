import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { resetSession } from '../../src/host/reset-session.ts'

const KEY = { agent: 'dev', repo: { owner: 'charles', name: 'peon' }, number: 7 }
const DROPPED = '{"dropped":{"worktree":false,"session":true}}'
/** Long enough for an answer on a machine with much else to do. */
const PATIENT = 20_000

async function listen(t: TestContext, answer: RequestListener): Promise<URL> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

for (const path of ['/', '/hooks', '/hooks/']) {
  test(`a base URL that ends in ${path} is asked below it`, async (t) => {
    const seen: [IncomingMessage, string][] = []
    const base = await listen(t, async (request, response) => {
      seen.push([request, await text(request)])
      response.end(DROPPED)
    })
    assert.equal(await resetSession(new URL(path, base), KEY, PATIENT), undefined)
    const [[request, body] = []] = seen
    assert.equal(`${request?.method} ${request?.url}`, `POST ${path.replace(/\/$/, '')}/reset`)
    assert.equal(request?.headers['content-type'], 'application/json')
    assert.deepEqual(JSON.parse(body ?? ''), { agent: 'dev', repo: 'charles/peon', issue: 7 })
  })
}

for (const [name, status, body, why] of [
  ['that there was no such session', 200, '{"dropped":{"worktree":true,"session":false}}', /had none/],
  ['something else', 200, '{"dropped":true}', /cannot be understood/],
  ['null', 200, 'null', /cannot be understood/],
  ['a page', 200, '<html>', /cannot be understood/],
  ['nothing', 200, '', /cannot be understood/],
  ['more than it has to say', 200, `${DROPPED}${' '.repeat(70_000)}`, /cannot be understood/],
  ['success, as an error', 500, DROPPED, /^it answered 500$/],
  ['that it does not know the way', 404, 'no', /^it answered 404$/]
] as const) {
  test(`the service answers ${name}: refused`, async (t) => {
    const base = await listen(t, (_request, response) => void response.writeHead(status).end(body))
    const refusal = await resetSession(base, KEY, PATIENT)
    assert.match(refusal?.why ?? '', why)
    assert.equal(refusal?.unreachable, false)
  })
}

test('a redirect is not followed', async (t) => {
  const seen: (string | undefined)[] = []
  const base = await listen(t, (request, response) => {
    seen.push(request.url)
    response.writeHead(307, { location: '/elsewhere' }).end()
  })
  const refusal = await resetSession(base, KEY, PATIENT)
  assert.deepEqual(refusal, { why: 'it answered 307', unreachable: false })
  assert.deepEqual(seen, ['/reset'])
})

for (const [name, answer] of [
  ['never answers', () => {}],
  ['stops in the middle', (_request, response) => void response.writeHead(200).write('{"dropped"')]
] satisfies [string, RequestListener][]) {
  test(`a service that ${name} cannot be reached within the time`, async (t) => {
    const refusal = await resetSession(await listen(t, answer), KEY, 300)
    assert.equal(refusal?.unreachable, true)
    assert.match(refusal?.why ?? '', /timeout/)
  })
}

test('a service that hangs up cannot be reached', async (t) => {
  const base = await listen(t, (request) => void request.socket.destroy())
  assert.equal((await resetSession(base, KEY, PATIENT))?.unreachable, true)
})

for (const host of ['127.0.0.1', 'localhost']) {
  test(`nobody listens at ${host}: it is said why`, async () => {
    const refusal = await resetSession(new URL(`http://${host}:9/`), KEY, PATIENT)
    assert.deepEqual(refusal, { why: 'ECONNREFUSED', unreachable: true })
  })
}
