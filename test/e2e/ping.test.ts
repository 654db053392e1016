import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CheckStandIn } from '../support/check-stand-in.ts'
import { start, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

interface Scene {
  readonly sandbox: Sandbox
  readonly check: CheckStandIn
  readonly env: Record<string, string>
}

async function setUp(t: TestContext): Promise<Scene> {
  const sandbox = await useSandbox(t)
  const check = await CheckStandIn.start()
  t.after(() => check.stop())
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  sandbox.addSession('boss:charles/peon:4')
  sandbox.addSession('dev:charles/peon:7')
  return { sandbox, check, env: { SWEEPER_PING_URL: check.url } }
}

/** The pings without their run's id, which all of them share. */
function pingsOf({ check }: Scene): string[] {
  const ids = new Set(check.seen.map((line) => /\brid=([0-9a-f-]{36})/.exec(line)?.[1]))
  assert.ok(ids.size <= 1 && !ids.has(undefined))
  return check.seen.map((line) => line.replace(/[?&]rid=[0-9a-f-]{36}/, ''))
}

test('a pass pings at its start, and at its end with its summary', async (t) => {
  const scene = await setUp(t)
  const { sandbox, check } = scene
  const env = { SWEEPER_PING_URL: `${check.url}?create=1` }
  const { code, summary, stderr } = await sweep(sandbox, [], env)
  assert.equal(code, 0)
  assert.deepEqual(pingsOf(scene), ['POST /start?create=1', `POST ?create=1 ${summary}`])
  assert.doesNotMatch(stderr, /warn/)
})

for (const [code, name, spoil, more, pings] of [
  [
    1,
    'an entry failed',
    ({ sandbox }) => sandbox.addSession('no key', 'x'),
    {},
    ['POST /start', /^POST \/1 swept: 1 sessions.*; errors: 1$/]
  ],
  [
    65,
    'a corrupt store',
    ({ sandbox }) => writeFileSync(sandbox.store, '{'),
    {},
    ['POST /start', 'POST /65 the session store is corrupt; nothing was removed']
  ],
  [
    77,
    'a refused token',
    () => {},
    { FORGEJO_TOKEN: 'bad' },
    ['POST /start', 'POST /77 Forgejo refused the token; nothing was removed']
  ],
  [
    78,
    'a directory that cannot be used',
    ({ sandbox }) => writeFileSync(join(sandbox.stateDir, 'sweeper'), ''),
    {},
    ['POST /78 a setting is missing or wrong']
  ]
] satisfies [number, string, (scene: Scene) => void, Record<string, string>, (string | RegExp)[]][]) {
  test(`${code}: ${name}: the ping at the end says so`, async (t) => {
    const scene = await setUp(t)
    spoil(scene)
    assert.equal((await sweep(scene.sandbox, [], { ...scene.env, ...more })).code, code)
    const seen = pingsOf(scene)
    assert.equal(seen.length, pings.length)
    for (const [index, expected] of pings.entries()) {
      if (typeof expected === 'string') assert.equal(seen[index], expected)
      else assert.match(seen[index] ?? '', expected)
    }
  })
}

test('143: an interrupted pass pings its exit code', async (t) => {
  const scene = await setUp(t)
  const { sandbox, env } = scene
  sandbox.forgejo.delayMs = 300
  const running = start([], { ...sandbox.env, ...env })
  await eventually(() => sandbox.forgejo.seen.length > 0)
  running.kill('SIGTERM')
  assert.equal((await running.ended).code, 143)
  const [, end = ''] = pingsOf(scene)
  assert.match(end, /^POST \/143 swept: 0 sessions/)
})

test('a dry run pings nobody', async (t) => {
  const { sandbox, check, env } = await setUp(t)
  assert.equal((await sweep(sandbox, ['-n'], env)).code, 0)
  assert.deepEqual(check.seen, [])
})

test('75: while another pass holds the lock nobody is pinged: that pass does', async (t) => {
  const { sandbox, check, env } = await setUp(t)
  assert.equal((await sweep(sandbox)).code, 0)
  const lock = join(sandbox.stateDir, 'sweeper/lock')
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; sleep 60'], { detached: true })
  t.after(() => process.kill(-(holder.pid ?? 0), 'SIGKILL'))
  await once(holder.stdout, 'data')
  assert.equal((await sweep(sandbox, [], env)).code, 75)
  assert.deepEqual(check.seen, [])
})

test('a check that is down, or not there, is a warning for each ping, without its URL', async (t) => {
  const { sandbox, check, env } = await setUp(t)
  const { url } = check
  check.mood = 'unknown'
  for (const [why, args] of [
    [/it answered: not found/, []],
    [/ECONNREFUSED/, ['--log-format', 'pretty']]
  ] as const) {
    const { code, stdout, stderr } = await sweep(sandbox, args, env)
    assert.equal(code, 0)
    assert.match(stdout, /^swept: /)
    assert.equal(
      stderr.match(/SWEEPER_PING_URL: the ping at the (?:start|end) of the pass failed/g)?.length,
      2
    )
    assert.match(stderr, why)
    assert.ok(!stderr.includes(check.secret) && !stderr.includes(url))
    if (check.mood === 'unknown') await check.stop()
  }
})

test('a wrong SWEEPER_PING_URL is told without saying what it is', async (t) => {
  const { sandbox } = await setUp(t)
  for (const url of ['http://user:hidden@127.0.0.1/', 'ftp://hidden/', 'hidden', 'https://x/hidden#y']) {
    const { code, stderr } = await sweep(sandbox, [], { SWEEPER_PING_URL: url })
    assert.equal(code, 78)
    assert.match(stderr, /SWEEPER_PING_URL: expected a URL such as/)
    assert.doesNotMatch(stderr, /hidden/)
  }
})

test('a bug shows no more of the check than of the token', async (t) => {
  const { sandbox, check, env } = await setUp(t)
  const fault = join(sandbox.path, 'fault.mjs')
  const bug = 'AbortSignal.timeout = () => { throw new TypeError("broken: " + process.env.SWEEPER_PING_URL) }'
  writeFileSync(fault, bug)
  const { code, stderr } = await sweep(sandbox, [], { ...env, NODE_OPTIONS: `--import=${fault}` })
  assert.equal(code, 70)
  assert.match(stderr, /broken: \[redacted\]/)
  assert.ok(!stderr.includes(check.secret))
})

/** Waits until something is so; the suite's own limit ends a wait in vain. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
