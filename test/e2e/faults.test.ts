import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { FaultTable } from '../support/fault-table.ts'
import { sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { contents } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const table = new FaultTable()
const KEY = 'dev:charles/peon:7'
const QUICK = { SWEEPER_API_TIMEOUT_MS: '1500', SWEEPER_MAX_TRIES: '1' }

/** A session and its worktree. */
function fill(sandbox: Sandbox, state: 'open' | 'closed'): string {
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state }])
  sandbox.addSession(KEY)
  return sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' })
}

/** How many of these files are not what they were. */
const lostOf = (before: Record<string, string>, after: Record<string, string>): number =>
  Object.entries(before).filter(([name, content]) => after[name] !== content).length

/** Answers every connection in its own way. */
async function listen(answer: (socket: Socket) => void): Promise<{ url: string; server: Server }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => answer(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, server }
}

const json = (body: string, length: number) =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`

const CLOSED =
  '{"number":7,"state":"closed","closed_at":"2026-11-20T00:00:00Z","repository":{"full_name":"charles/peon"}}'

const FORGEJO_FAULTS: readonly (readonly [string, ((socket: Socket) => void) | null])[] = [
  ['down', null],
  ['slow: never answers', () => {}],
  ['truncating the body', (socket) => void socket.end(json(CLOSED.slice(0, 40), 40))],
  ['lying: more announced than sent', (socket) => void socket.end(json(CLOSED, CLOSED.length + 10))],
  ['lying: less announced than sent', (socket) => void socket.end(json(CLOSED, CLOSED.length - 10))],
  [
    'redirecting in circles',
    (socket) =>
      void socket.end(
        'HTTP/1.1 302 Found\r\nlocation: /api/v1/repos/charles/peon/issues/7\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'
      )
  ],
  [
    'sending 100 MB',
    (socket) => {
      socket.write(json('{"number":7,"x":"', 100e6))
      const chunk = Buffer.alloc(1e6, 'x')
      const more = (left: number) => {
        if (left > 0 && !socket.destroyed) socket.write(chunk, () => more(left - 1))
      }
      more(100)
    }
  ],
  ['speaking something else', (socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n')]
]

for (const [fault, answer] of FORGEJO_FAULTS) {
  test(`Forgejo ${fault}: nothing is removed on its word`, async (t) => {
    const sandbox = await useSandbox(t)
    const path = fill(sandbox, 'closed')
    const before = { ...contents(path), store: readFileSync(sandbox.store, 'utf8') }
    const { url, server } = await listen(answer ?? (() => {}))
    if (answer === null) server.close()
    else t.after(() => server.close())
    const { code, summary } = await sweep(sandbox, [], { ...QUICK, FORGEJO_URL: url })
    const after = { ...contents(path), store: readFileSync(sandbox.store, 'utf8') }
    const lost = lostOf(before, after)
    table.add({ fault: `Forgejo ${fault}`, done: `exit ${code}, kept`, expected: 'exit 1 or 69, kept', lost })
    assert.equal(lost, 0)
    assert.ok(code === 1 || code === 69, `${code}`)
    assert.match(summary, /^swept: 0 sessions, 0 worktrees/)
  })
}

test('Forgejo flapping: every other request fails, retries get through', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox, 'closed')
  let requests = 0
  const { url, server } = await listen((socket) => {
    requests += 1
    if (requests % 2 === 1) return void socket.destroy()
    socket.end(json(CLOSED, CLOSED.length))
  })
  t.after(() => server.close())
  const env = { ...QUICK, SWEEPER_MAX_TRIES: '3', FORGEJO_URL: url }
  const { code, summary } = await sweep(sandbox, [], env)
  // The list of open pull requests is no list here: the worktree stays, as an error.
  const done = `exit ${code}, ${/\d sessions, \d worktrees/.exec(summary)?.[0]}`
  table.add({ fault: 'Forgejo flapping', done, expected: 'exit 1, 1 sessions, 0 worktrees', lost: 0 })
  assert.equal(done, 'exit 1, 1 sessions, 0 worktrees')
})

const now = () => new Date().toISOString()
const open = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `"dev:charles/peon:${index + 100}":{"id":"x","updatedAt":"${now()}"}`
  )

const STORE_FAULTS: readonly (readonly [string, (sandbox: Sandbox) => void, number])[] = [
  ['of 1 GB', (sandbox) => truncateSync(sandbox.store, 1e9), 65],
  [
    'of invalid UTF-8',
    ({ store }) => writeFileSync(store, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    65
  ],
  ['cut short', ({ store }) => writeFileSync(store, `{${open(2).join(',').slice(0, -5)}`), 65],
  [
    '100,000 levels deep',
    ({ store }) => writeFileSync(store, `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`),
    65
  ],
  ['that is a list', ({ store }) => writeFileSync(store, '[]'), 65],
  ['with __proto__', ({ store }) => writeFileSync(store, '{"__proto__":{"x":1},"constructor":1}'), 1],
  ['with a key twice', ({ store }) => writeFileSync(store, `{"odd":1,"odd":2,${open(1)}}`), 1]
]

for (const [fault, spoil, expected] of STORE_FAULTS) {
  test(`a store ${fault}: not one byte of it changes, and nothing is removed`, async (t) => {
    const sandbox = await useSandbox(t)
    const path = fill(sandbox, 'open')
    sandbox.forgejo.add('charles/peon', [{ number: 100, state: 'open' }])
    const before = contents(path)
    spoil(sandbox)
    const store = contents(sandbox.stateDir)['sessions.json']
    const { code, stderr } = await sweep(sandbox)
    const lost = lostOf(
      { ...before, store: store ?? '' },
      {
        ...contents(path),
        store: contents(sandbox.stateDir)['sessions.json'] ?? ''
      }
    )
    table.add({
      fault: `store ${fault}`,
      done: `exit ${code}, kept`,
      expected: `exit ${expected}, kept`,
      lost
    })
    assert.equal(code, expected, stderr)
    assert.equal(lost, 0)
  })
}

test('a store of 100,000 entries loses the three that are old, and no other byte', async (t) => {
  const sandbox = await useSandbox(t)
  const old = (number: number) =>
    `"boss:charles/peon:${number}":{"id":"1.0","updatedAt":"2020-01-01T00:00:00Z"}`
  const kept = Array.from({ length: 1e5 }, (_, index) => `"odd ${index}":{"n":1.0,"e":"\\u00e9"}`)
  writeFileSync(
    sandbox.store,
    `{${[old(1), ...kept.slice(0, 5e4), old(2), ...kept.slice(5e4), old(3)].join(',\n')}}\n`
  )
  const { code, summary } = await sweep(sandbox, ['--log-level', 'silent'])
  const text = readFileSync(sandbox.store, 'utf8')
  const lost = text === `{${kept.join(',\n')}}\n` ? 0 : 1
  const done = `exit ${code}, ${/\d sessions/.exec(summary)?.[0]}`
  table.add({ fault: 'store of 100,000 entries', done, expected: 'exit 1, 3 sessions', lost })
  assert.equal(lost, 0)
  assert.equal(done, 'exit 1, 3 sessions', 'keys that do not parse are errors')
})

for (const [fault, shift, expected] of [
  // By such a clock all is past its age, and so not asked about.
  ['40 days ahead', `${40 * DAY}`, 'exit 1, kept 2 of 2'],
  ['40 days behind', `${-40 * DAY}`, 'exit 1, kept 1 of 2'],
  ['at 1970', '-real()', 'exit 1, kept 1 of 2']
] as const) {
  test(`a clock ${fault}: nothing goes by age, what is known to be closed goes`, async (t) => {
    const sandbox = await useSandbox(t)
    fill(sandbox, 'closed')
    sandbox.addSession('boss:charles/peon:9', { id: 'x', updatedAt: now() })
    sandbox.forgejo.add('charles/peon', [{ number: 9, state: 'open' }])
    const code = `const real = Date.now; Date.now = () => real() + (${shift})`
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(code)}`
    const result = await sweep(sandbox, [], { NODE_OPTIONS })
    const keys = sandbox.sessionKeys
    const lost = keys.includes('boss:charles/peon:9') ? 0 : 1
    const done = `exit ${result.code}, kept ${keys.length} of 2`
    table.add({ fault: `clock ${fault}`, done, expected, lost })
    assert.equal(done, expected, result.stderr)
    assert.equal(lost, 0)
    assert.match(result.stderr, /CLOCK_SKEW/)
  })
}
