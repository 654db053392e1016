import assert from 'node:assert/strict'
import { after, describe, type TestContext, test } from 'node:test'
import { FaultScene } from '../support/fault-scene.ts'
import { FaultTable } from '../support/fault-table.ts'
import { notePeak, peakMb } from '../support/preload.ts'
import { type RawAnswer, serveRaw, wire } from '../support/raw-server.ts'
import { sweep } from '../support/run-command.ts'

const TOKEN = 'a-s3cret-t0ken'
const ISSUE = {
  number: 7,
  state: 'closed',
  closed_at: '2026-11-20T16:20:00Z',
  pull_request: null,
  repository: { full_name: 'charles/peon' }
}

/** What an honest Forgejo would say: whoever believed a faulty one would sweep. */
const right = (path: string): string => (path.includes('/issues/7') ? JSON.stringify(ISSUE) : '[]')
const LISTED = { 'x-total-count': '0' }
const honest: RawAnswer = (socket, path) => socket.write(wire(right(path), { headers: LISTED }))

/** Always the same answer, with some headers. */
const always =
  (body: string | Buffer, headers: Readonly<Record<string, string>> = {}, status = 200): RawAnswer =>
  (socket) =>
    socket.write(wire(body, { status, headers: { ...LISTED, ...headers } }))

/** The right answer but for its headers; then the connection ends. */
const framed =
  (headers: Readonly<Record<string, string>>, reframe = (body: string) => body): RawAnswer =>
  (socket, path) =>
    socket.end(wire(reframe(right(path)), { headers: { ...LISTED, ...headers } }))

/** Answers every other request; of the rest it hangs up on the first, a proxy answers the next, and so on. */
function flapping(): RawAnswer {
  let requests = 0
  return (socket, path) => {
    requests += 1
    if (requests % 2 === 0) honest(socket, path)
    else if (requests % 4 === 1) socket.destroy()
    else always('<html>bad gateway', HTML, 502)(socket, path)
  }
}

const drip: RawAnswer = (socket, path) => {
  const bytes = wire(right(path).padEnd(2000), { headers: LISTED })
  let at = 0
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 10)
  socket.on('close', () => clearInterval(timer))
}

const flood: RawAnswer = (socket) => {
  const piece = Buffer.alloc(2 ** 20, ' ')
  socket.write(wire('', { headers: { 'content-length': `${100 * piece.length}` } }))
  for (let sent = 0; sent < 100; sent += 1) socket.write(piece)
}

const half = (text: string): string => text.slice(0, text.length / 2)
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
const CHUNKED = { 'transfer-encoding': 'chunked', 'content-length': '' }
const QUICK = { SWEEPER_API_TIMEOUT_MS: '500' }
const RETRIES = { SWEEPER_MAX_TRIES: '5' }
const HTML = { 'content-type': 'text/html; charset=utf-8' }
const HERE = '/api/v1/repos/charles/peon/issues/7'
const CLOSED = JSON.stringify(ISSUE)
const NESTED = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
const KEPT = {
  unreachable: 'kept all, exit 69',
  understood: 'kept all, exit 1',
  refused: 'kept all, exit 77'
}
const ALL = 'swept session and worktree, exit 0'

type Row = readonly [fault: string, expected: string, RawAnswer, env?: Readonly<Record<string, string>>]

const ROWS: readonly Row[] = [
  ['none', ALL, honest],
  ['slow: never answers', KEPT.unreachable, () => {}, QUICK],
  ['drips a byte at a time', KEPT.unreachable, drip, QUICK],
  ['flapping: fails every other request', ALL, flapping(), RETRIES],
  ['truncated body', KEPT.unreachable, framed({}, half)],
  ['content-length longer than the body', KEPT.unreachable, framed({ 'content-length': '9999' })],
  ['content-length shorter than the body', KEPT.unreachable, framed({ 'content-length': '20' })],
  ['chunked garbage', KEPT.unreachable, framed(CHUNKED, (body) => `zz\r\n${body}`)],
  ['chunked without an end', KEPT.unreachable, framed(CHUNKED, chunk)],
  ['no HTTP at all', KEPT.unreachable, (socket) => socket.write('SSH-2.0-OpenSSH_9.2\r\n')],
  ['headers of 1 MB', KEPT.unreachable, always(CLOSED, { 'x-long': 'x'.repeat(2 ** 20) })],
  ['redirects in a circle', KEPT.understood, always('', { location: HERE }, 301)],
  ['sends 100 MB', KEPT.unreachable, flood],
  ['a login page in HTML, status 200', KEPT.unreachable, always('<html>', HTML)],
  ['another issue', KEPT.unreachable, always(CLOSED.replace('"number":7', '"number":70'))],
  ["another repo's issue", KEPT.unreachable, always(CLOSED.replace('peon"', 'peons"'))],
  ['invalid JSON', KEPT.unreachable, always(CLOSED.replaceAll('"', "'"))],
  ['invalid UTF-8', KEPT.unreachable, always(Buffer.from(`{"title":"\xff",${CLOSED.slice(1)}`, 'latin1'))],
  ['JSON 100,000 levels deep', KEPT.unreachable, always(NESTED)],
  ['401, repeating the token', KEPT.refused, always(`{"message":"bad token ${TOKEN}"}`, {}, 401)],
  ['429, come back tomorrow', KEPT.unreachable, always('{}', { 'retry-after': '86400' }, 429), RETRIES],
  ['right on the issue, not on pull requests', 'swept session, exit 1', always(CLOSED)]
]

const table = new FaultTable('Forgejo')
const unharmed: FaultScene[] = []
after(() => Promise.all(unharmed.map(({ sandbox }) => sandbox.remove())))

/** Runs a pass against a base URL. A scene that nothing happened to serves the next one. */
async function meet(t: TestContext, [fault, expected, , env]: Row, url: string): Promise<number> {
  const scene = unharmed.pop() ?? (await FaultScene.create())
  const { sandbox } = scene
  const settings = { FORGEJO_URL: url, FORGEJO_TOKEN: TOKEN, SWEEPER_MAX_TRIES: '1', ...notePeak(sandbox) }
  const { code, stdout, stderr } = await sweep(sandbox, [], { ...settings, ...env })
  const { done, lost } = scene.look()
  if (done === 'kept all' && lost === 0) unharmed.push(scene)
  else t.after(() => sandbox.remove())
  table.add({ fault, done: `${done}, exit ${code}`, expected, lost })
  assert.doesNotMatch(stdout + stderr, new RegExp(`${TOKEN}|\\n +at `))
  return peakMb(sandbox)
}

describe('whatever Forgejo does, only a plainly right answer removes', { concurrency: 2 }, () => {
  for (const row of ROWS) {
    test(row[0], async (t) => {
      const peak = await meet(t, row, `http://${await serveRaw(t, row[2])}`)
      assert.ok(peak < 200, `it held ${peak} MB`)
    })
  }

  test('down: refuses connections', async (t) => {
    await meet(t, ['down', KEPT.unreachable, honest], 'http://127.0.0.1:9/')
  })

  test('TLS on a plain port', async (t) => {
    await meet(t, ['TLS on a plain port', KEPT.unreachable, honest], `https://${await serveRaw(t, honest)}`)
  })

  test('a redirect to another host is not followed there', async (t) => {
    let asked = 0
    const elsewhere = await serveRaw(t, (socket, path) => {
      asked += 1
      honest(socket, path)
    })
    const redirect: RawAnswer = (socket, path) =>
      always('', { location: `http://${elsewhere.slice(0, -1)}${path}` }, 301)(socket, path)
    const row: Row = ['redirects to another host', KEPT.understood, redirect]
    await meet(t, row, `http://${await serveRaw(t, redirect)}`)
    assert.equal(asked, 0)
  })
})
