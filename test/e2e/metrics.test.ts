import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { hasCommand } from '../support/has-command.ts'
import { readMetrics } from '../support/read-metrics.ts'
import { report, start, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

interface Scene {
  readonly sandbox: Sandbox
  readonly directory: string
  readonly file: string
  readonly env: Record<string, string>
}

/** One session to drop with its worktree, one to keep. */
async function setUp(t: TestContext): Promise<Scene> {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  const updatedAt = new Date(Date.now() - 10 * DAY).toISOString()
  sandbox.addSession('boss:charles/peon:4', { sessionId: 'x', updatedAt })
  sandbox.addSession('dev:charles/peon:7')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' })
  const directory = join(sandbox.path, 'textfile "collector"')
  mkdirSync(directory)
  const file = join(directory, 'claude-hooks-sweep.prom')
  return { sandbox, directory, file, env: { SWEEPER_METRICS_FILE: file } }
}

/** The file after a pass that nothing is wrong with. */
async function afterSuccess(t: TestContext): Promise<Scene & { success: number }> {
  const scene = await setUp(t)
  assert.equal((await sweep(scene.sandbox, [], scene.env)).code, 0)
  const success = readMetrics(scene.file).get('last_success_timestamp_seconds') ?? 0
  assert.ok(success > 0)
  return { ...scene, success }
}

test('a pass writes what its report says, for all to read whatever the umask', async (t) => {
  const { sandbox, directory, file, env } = await setUp(t)
  const umask = process.umask(0o077)
  t.after(() => process.umask(umask))
  const { report: result, outcome } = await report(sandbox, [], { ...env, MAX_AGE_DAYS: '20' })
  assert.deepEqual([outcome.code, outcome.stderr.match(/"warn"/)], [0, null])
  const metrics = readMetrics(file)
  const ended = Date.parse(result.finishedAt) / 1000
  const expected = {
    [`build_info{version="${result.version}"}`]: 1,
    interval_seconds: 6 * 3600,
    max_age_seconds: 20 * 86_400,
    last_run_timestamp_seconds: ended,
    last_success_timestamp_seconds: ended,
    duration_seconds: result.durationMs / 1000,
    exit_code: 0,
    errors: 0,
    'swept_entries{kind="session"}': 1,
    'swept_entries{kind="worktree"}': 1,
    'swept_entries{kind="cache_clone"}': 0,
    'kept_entries{kind="session"}': 1,
    'kept_entries{kind="worktree"}': 0,
    'skipped_entries{reason="open"}': 1,
    'skipped_entries{reason="unknown"}': 0,
    unknown_entries: 0,
    gave_up_entries: 0,
    rescued_worktrees: 1,
    freed_bytes: result.freedBytes,
    forgejo_requests: sandbox.forgejo.seen.length,
    forgejo_retries: 0
  }
  const found = Object.fromEntries(Object.keys(expected).map((series) => [series, metrics.get(series)]))
  assert.deepEqual(found, expected)
  const touched = metrics.get('oldest_kept_session_timestamp_seconds{reason="open"}') ?? 0
  assert.ok(Math.abs(touched - (Date.now() - 10 * DAY) / 1000) < 60)
  assert.equal(statSync(file).mode & 0o7777, 0o644)
  assert.deepEqual(readdirSync(directory), ['claude-hooks-sweep.prom'], 'nothing is left beside it')
})

test('a dry run writes nothing', async (t) => {
  const { sandbox, directory, env } = await setUp(t)
  assert.equal((await sweep(sandbox, ['-n'], env)).code, 0)
  assert.deepEqual(readdirSync(directory), [])
})

for (const [code, name, spoil, more] of [
  [1, 'an entry that failed', ({ sandbox }) => sandbox.addSession('no key', 'x'), {}],
  [65, 'a corrupt store', ({ sandbox }) => writeFileSync(sandbox.store, '{'), {}],
  [69, 'a Forgejo out of reach', () => {}, { FORGEJO_URL: 'http://127.0.0.1:9/', SWEEPER_MAX_TRIES: '1' }],
  [77, 'a token that is refused', () => {}, { FORGEJO_TOKEN: 'bad' }],
  [
    78,
    'a directory that cannot be used',
    ({ sandbox }) => {
      rmSync(join(sandbox.stateDir, 'sweeper'), { recursive: true })
      writeFileSync(join(sandbox.stateDir, 'sweeper'), '')
    },
    {}
  ]
] satisfies [number, string, (scene: Scene) => void, Record<string, string>][]) {
  test(`${code}: ${name} is written down, and the last success stays`, async (t) => {
    const scene = await afterSuccess(t)
    const { sandbox, file, env, success } = scene
    const before = readMetrics(file).get('last_run_timestamp_seconds') ?? 0
    spoil(scene)
    assert.equal((await sweep(sandbox, [], { ...env, ...more })).code, code)
    const metrics = readMetrics(file)
    assert.equal(metrics.get('exit_code'), code)
    assert.equal(metrics.get('last_success_timestamp_seconds'), success)
    assert.ok((metrics.get('last_run_timestamp_seconds') ?? 0) > before)
    assert.ok((metrics.get('errors') ?? 0) > 0)
    assert.equal(metrics.has('gave_up_entries'), code < 65 || code === 69, 'what nobody counted is not 0')
  })
}

test('143: an interrupted pass is written down, and the last success stays', async (t) => {
  const { sandbox, file, env, success } = await afterSuccess(t)
  sandbox.addSession('dev:charles/peon:7')
  const { length } = sandbox.forgejo.seen
  sandbox.forgejo.delayMs = 300
  const running = start([], { ...sandbox.env, ...env })
  await eventually(() => sandbox.forgejo.seen.length > length)
  running.kill('SIGTERM')
  assert.equal((await running.ended).code, 143)
  const metrics = readMetrics(file)
  assert.equal(metrics.get('exit_code'), 143)
  assert.equal(metrics.get('skipped_entries{reason="interrupted"}'), 1)
  assert.equal(metrics.get('last_success_timestamp_seconds'), success)
})

test('75: while another pass holds the lock its file is left alone', async (t) => {
  const { sandbox, file, env } = await afterSuccess(t)
  const before = readFileSync(file, 'utf8')
  const lock = join(sandbox.stateDir, 'sweeper/lock')
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; sleep 60'], { detached: true })
  t.after(() => process.kill(-(holder.pid ?? 0), 'SIGKILL'))
  await once(holder.stdout, 'data')
  assert.equal((await sweep(sandbox, [], env)).code, 75)
  assert.equal(readFileSync(file, 'utf8'), before)
})

test('one that never succeeded says so, and a file of another state is no memory', async (t) => {
  const { sandbox, file, env } = await setUp(t)
  writeFileSync(file, 'claude_hooks_sweep_last_success_timestamp_seconds{state_dir="/other"} 17\n')
  sandbox.addSession('no key', 'x')
  assert.equal((await sweep(sandbox, [], env)).code, 1)
  assert.equal(readMetrics(file).get('last_success_timestamp_seconds'), 0)
})

test('a file that cannot be written is one warning; the pass and its exit code are as ever', async (t) => {
  const { sandbox, directory, file, env } = await setUp(t)
  rmSync(directory, { recursive: true })
  const { code, stderr, summary } = await sweep(sandbox, [], env)
  assert.equal(code, 0)
  assert.match(summary, /^swept: 1 sessions, 1 worktrees/)
  const warnings = stderr.split('\n').filter((line) => line.includes('"warn"'))
  assert.equal(warnings.length, 1)
  assert.ok(
    JSON.parse(warnings[0] ?? '').msg.startsWith(`SWEEPER_METRICS_FILE: ${file} could not be written (`)
  )
  mkdirSync(file, { recursive: true })
  assert.match((await sweep(sandbox, [], env)).stderr, /could not be written/)
  assert.deepEqual(readdirSync(directory), ['claude-hooks-sweep.prom'], 'nothing is left beside it')
})

test('links and pipes that somebody put there are not followed', async (t) => {
  const { sandbox, file, env } = await setUp(t)
  const victim = join(sandbox.path, 'victim')
  writeFileSync(victim, 'precious')
  symlinkSync(victim, `${file}.tmp`)
  symlinkSync(victim, file)
  assert.equal((await sweep(sandbox, [], env)).code, 0)
  assert.equal(readFileSync(victim, 'utf8'), 'precious')
  assert.equal(lstatSync(file).isFile(), true)
  for (const path of [file, `${file}.tmp`]) {
    rmSync(path, { force: true })
    execFileSync('mkfifo', [path])
  }
  assert.equal((await sweep(sandbox, [], env)).code, 0)
  assert.equal(readMetrics(file).get('exit_code'), 0)
  assert.equal(existsSync(`${file}.tmp`), false)
})

const skip = hasCommand('promtool') ? false : 'promtool is not installed'

test('promtool has nothing to say about the metrics', { skip }, async (t) => {
  const { sandbox, file, env } = await setUp(t)
  for (const more of [{}, { FORGEJO_TOKEN: 'bad' }]) {
    await sweep(sandbox, [], { ...env, ...more })
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: readFileSync(file),
      encoding: 'utf8'
    })
    assert.deepEqual([status, stdout, stderr], [0, '', ''])
  }
})

/** Waits until something is so; the suite's own limit ends a wait in vain. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
