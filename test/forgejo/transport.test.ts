import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createTransport, type Transport, TransportError } from '../../src/forgejo/transport.ts'

const TOKEN = 'f00dfeedf00dfeed'
const PATH = '/repos/alice/demo/issues/1'

/** An HTTP server on loopback; resolves to its port. */
async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

function use(t: TestContext, url: string, timeoutMs = 10_000, token = TOKEN): Transport {
  const transport = createTransport({ baseUrl: new URL(url), token, timeoutMs })
  t.after(() => transport.close())
  return transport
}

const ok: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
}

test('the token goes out as `token <t>`, in lower case, and JSON is asked for', async (t) => {
  const seen: unknown[] = []
  const port = await serve(t, (request, response) => {
    const { authorization, accept } = request.headers
    seen.push([request.method, authorization, accept, request.headers['user-agent']])
    ok(request, response)
  })
  await use(t, `http://127.0.0.1:${port}/`).get(PATH)
  assert.deepEqual(seen, [['GET', `token ${TOKEN}`, 'application/json', 'claude-hooks-sweep']])
})

for (const [name, base, expected] of [
  ['at the root', '/', `/api/v1${PATH}`],
  ['at the root, without a slash', '', `/api/v1${PATH}`],
  ['below a path', '/git/', `/git/api/v1${PATH}`],
  ['below a path, without a slash at the end', '/git', `/git/api/v1${PATH}`],
  ['below a deep path, with two slashes at the end', '/a/b//', `/a/b/api/v1${PATH}`]
] as const) {
  test(`a Forgejo ${name} is asked at ${expected}`, async (t) => {
    const seen: unknown[] = []
    const port = await serve(t, (request, response) => {
      seen.push(request.url)
      ok(request, response)
    })
    await use(t, `http://127.0.0.1:${port}${base}`).get(PATH)
    assert.deepEqual(seen, [expected])
  })
}

test('the query goes out as it is', async (t) => {
  const seen: unknown[] = []
  const port = await serve(t, (request, response) => {
    seen.push(request.url)
    ok(request, response)
  })
  await use(t, `http://127.0.0.1:${port}`).get('/repos/a/b/pulls?state=open&limit=50&page=2')
  assert.deepEqual(seen, ['/api/v1/repos/a/b/pulls?state=open&limit=50&page=2'])
})

test('an answer that is not UTF-8 has no text, whatever its status', async (t) => {
  for (const status of [200, 401]) {
    const port = await serve(t, (_request, response) => {
      const headers = { 'content-type': 'application/json' }
      response.writeHead(status, headers).end(Buffer.from('{"title":"\xff"}', 'latin1'))
    })
    const answer = await use(t, `http://127.0.0.1:${port}/`).get(PATH)
    assert.deepEqual([answer.status, answer.body], [status, ''])
  }
})

test('an answer comes with its status, text and the headers that matter', async (t) => {
  const port = await serve(t, (_request, response) => {
    const headers = {
      'content-type': 'application/json;charset=utf-8',
      'x-total-count': '80',
      'retry-after': '7',
      location: '/elsewhere',
      date: 'Fri, 20 Nov 2026 16:20:00 GMT'
    }
    response.writeHead(429, headers).end('{"ü":1}')
  })
  assert.deepEqual(await use(t, `http://127.0.0.1:${port}`).get(PATH), {
    status: 429,
    contentType: 'application/json;charset=utf-8',
    location: '/elsewhere',
    retryAfter: '7',
    date: 'Fri, 20 Nov 2026 16:20:00 GMT',
    totalCount: '80',
    body: '{"ü":1}'
  })
})

test('headers that are not there are undefined, and the type is empty', async (t) => {
  const port = await serve(t, (_request, response) => {
    response.sendDate = false
    response.writeHead(200).end()
  })
  assert.deepEqual(await use(t, `http://127.0.0.1:${port}`).get(PATH), {
    status: 200,
    contentType: '',
    location: undefined,
    retryAfter: undefined,
    date: undefined,
    totalCount: undefined,
    body: ''
  })
})

for (const status of [301, 302, 303, 307, 308]) {
  test(`a ${status} is not followed, neither to another host nor on the same one`, async (t) => {
    let strayed = 0
    const other = await serve(t, (request, response) => {
      strayed += 1
      ok(request, response)
    })
    let asked = 0
    const port = await serve(t, (_request, response) => {
      asked += 1
      const location = asked === 1 ? `http://127.0.0.1:${other}/api/v1${PATH}` : `/api/v1${PATH}`
      response.writeHead(status, { location }).end()
    })
    const transport = use(t, `http://127.0.0.1:${port}`)
    const first = await transport.get(PATH)
    const second = await transport.get(PATH)
    assert.deepEqual([first.status, first.location], [status, `http://127.0.0.1:${other}/api/v1${PATH}`])
    assert.deepEqual([second.status, second.location], [status, `/api/v1${PATH}`])
    assert.deepEqual([asked, strayed], [2, 0])
  })
}

test('requests share one connection', async (t) => {
  const ports = new Set<number | undefined>()
  const port = await serve(t, (request, response) => {
    ports.add(request.socket.remotePort)
    ok(request, response)
  })
  const transport = use(t, `http://127.0.0.1:${port}`)
  for (let request = 0; request < 4; request += 1) await transport.get(PATH)
  assert.equal(ports.size, 1)
})

const MEBIBYTE = 1024 * 1024

for (const [name, code, timeoutMs, listener] of [
  ['never answers', 'FORGEJO_TIMEOUT', 200, () => {}],
  [
    'stops in the middle of an answer',
    'FORGEJO_TIMEOUT',
    200,
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"number":')
    }
  ],
  ['resets the connection', 'FORGEJO_UNREACHABLE', 10_000, (request) => request.socket.resetAndDestroy()],
  ['hangs up', 'FORGEJO_UNREACHABLE', 10_000, (request) => request.socket.destroy()],
  ['does not speak HTTP', 'FORGEJO_UNREACHABLE', 10_000, (request) => request.socket.end('hello\r\n\r\n')],
  [
    'sends more than 16 MiB',
    'FORGEJO_BAD_ANSWER',
    10_000,
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(' '.repeat(17 * MEBIBYTE))
    }
  ]
] as readonly (readonly [string, string, number, RequestListener])[]) {
  test(`a Forgejo that ${name}: ${code}, without token or URL; the next request works`, async (t) => {
    let broken = true
    const port = await serve(t, (request, response) => (broken ? listener : ok)(request, response))
    await assertFails(use(t, `http://127.0.0.1:${port}/git/`, timeoutMs), code)
    broken = false
    assert.equal((await use(t, `http://127.0.0.1:${port}/git/`).get(PATH)).status, 200)
  })
}

test('one transport goes on working after a broken connection', async (t) => {
  let broken = true
  const port = await serve(t, (request, response) => {
    if (broken) request.socket.resetAndDestroy()
    else ok(request, response)
  })
  const transport = use(t, `http://127.0.0.1:${port}`)
  await assertFails(transport, 'FORGEJO_UNREACHABLE')
  broken = false
  assert.equal((await transport.get(PATH)).status, 200)
})

test('exactly 16 MiB are still read', async (t) => {
  const port = await serve(t, (_request, response) => response.end(' '.repeat(16 * MEBIBYTE)))
  assert.equal((await use(t, `http://127.0.0.1:${port}`).get(PATH)).body.length, 16 * MEBIBYTE)
})

for (const [name, url, token] of [
  ['a port where nothing listens', 'http://127.0.0.1:1/git/', TOKEN],
  ['a host that does not exist', 'http://forgejo.invalid/git/', TOKEN],
  ['a token that no header can carry', 'http://127.0.0.1:1/git/', `${TOKEN}\n`]
] as const) {
  test(`${name}: unreachable, without token or URL in the message`, async (t) => {
    await assertFails(use(t, url, 10_000, token), 'FORGEJO_UNREACHABLE')
  })
}

test('TLS spoken to a server without it: unreachable, without token or URL in the message', async (t) => {
  const port = await serve(t, ok)
  await assertFails(use(t, `https://127.0.0.1:${port}/git/`), 'FORGEJO_UNREACHABLE')
})

test('closing a transport that was never used does nothing', async () => {
  const baseUrl = new URL('http://127.0.0.1:1')
  await createTransport({ baseUrl, token: TOKEN, timeoutMs: 1000 }).close()
})

async function assertFails(transport: Transport, code: string): Promise<void> {
  await assert.rejects(transport.get(PATH), (error: unknown) => {
    assert.ok(error instanceof TransportError)
    assert.equal(error.code, code)
    const text = `${error.message} ${JSON.stringify(error)} ${error.cause}`
    assert.doesNotMatch(text, /f00d|127\.0\.0\.1|forgejo\.invalid|https?:|alice|\/git|authorization/)
    return true
  })
}
