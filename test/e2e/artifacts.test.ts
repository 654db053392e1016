import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Report } from '../../src/domain/report.ts'
import { asNobody, nobodyIsMissing } from '../support/as-nobody.ts'
import { ClaudeHome, isThere, writeAged } from '../support/claude-home.ts'
import { report, start, sweep } from '../support/run-command.ts'
import { snapshot } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const ID = '0b0e7c1e-9d3c-4b7e-8f0a-111111111111'
const OTHER = '0b0e7c1e-9d3c-4b7e-8f0a-222222222222'

async function useHome(t: TestContext) {
  const sandbox = await useSandbox(t)
  writeFileSync(sandbox.store, '{}\n')
  return { sandbox, home: new ClaudeHome(sandbox) }
}

test('what is past its days goes, each type by its own, and the rest stays', async (t) => {
  const { sandbox, home } = await useHome(t)
  const gone = [
    home.add(`projects/-work/${ID}.jsonl`, 8),
    home.add(`projects/-work/${ID}/tool-results/a.txt`, 9),
    home.add(`debug/${ID}.txt`, 4),
    home.add('debug/deep/er/x.txt', 4),
    home.add(`todos/${ID}-agent-${ID}.json`, 4),
    home.add('telemetry/1p_failed_events.x.json', 8),
    writeAged(join(home.logs, 'a/b/run.log'), 8)
  ]
  const stay = [
    home.add(`projects/-work/${OTHER}.jsonl`, 7),
    home.add('projects/-work/memory/MEMORY.md', 90),
    home.add('projects/-work/sessions-index.json', 90),
    home.add(`projects/-work/${OTHER}/subagents/agent-1.jsonl`, 90),
    home.add('debug/latest', 90),
    home.add('debug/young.txt', 3),
    home.add('todos/young.json', 3),
    home.add('todos/below/old.json', 90),
    home.add('telemetry/young.json', 7),
    home.add('settings.json', 90),
    home.add('history.jsonl', 90),
    writeAged(join(home.logs, 'young.log'), 7)
  ]
  const { report: result, outcome } = await report(sandbox, [], home.env)
  assert.equal(outcome.code, 0, outcome.stderr)
  assert.deepEqual(gone.filter(isThere), [])
  assert.deepEqual(
    stay.filter((path) => !isThere(path)),
    []
  )
  assert.equal(isThere(join(home.path, `projects/-work/${ID}`)), false)
  assert.ok(existsSync(join(home.path, 'debug/deep/er')), 'empty directories stay')
  assert.equal(result.swept.artifacts, 6)
  assert.deepEqual(
    Object.entries(result.artifacts ?? {}).map(([type, { removed, kept }]) => [type, removed, kept]),
    [
      ['transcript', 1, 1],
      ['debug', 2, 2],
      ['todo', 1, 1],
      ['telemetry', 1, 1],
      ['log', 1, 1]
    ]
  )
  assert.ok(result.freedBytes >= 7 * 4096)
})

test('the summary counts them, the log has a line for each type and home, history tells, undo cannot', async (t) => {
  const { sandbox, home } = await useHome(t)
  for (let index = 0; index < 3; index += 1) home.add(`debug/${index}.txt`, 5)
  home.add(`projects/p/${ID}.jsonl`, 9)
  const { code, summary, stderr } = await sweep(sandbox, ['--log-format', 'json'], home.env)
  assert.equal(code, 0)
  assert.match(
    summary,
    /^swept: 0 sessions, 0 worktrees, 0 cache clones; skipped: 0 \(still active\); artifacts: 4; freed: 16\.4 kB$/
  )
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { level: string; msg: string })
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg.replace(home.path, 'HOME')]),
    [
      ['info', 'Removed 1 transcripts of HOME: 4.1 kB; 0 stay'],
      ['info', 'Removed 3 debug logs of HOME: 12.3 kB; 0 stay']
    ]
  )
  const [run = ''] = (await sweep(sandbox, ['history'])).stdout.split(' ')
  assert.match((await sweep(sandbox, ['history'])).stdout, /4 artifacts removed\n$/)
  const { stdout } = await sweep(sandbox, ['history', run])
  assert.ok(stdout.includes(`removed       3 debug logs of ${home.path}, for good  (12.3 kB)`), stdout)
  const undone = await sweep(sandbox, ['undo', run])
  assert.equal(undone.code, 64)
  assert.match(undone.stderr, /nothing that can be brought back/)
})

test('a dry run says the same and changes not a byte', async (t) => {
  const { sandbox, home } = await useHome(t)
  home.add(`projects/p/${ID}.jsonl`, 9)
  home.add(`projects/p/${ID}/big.txt`, 9, 'y'.repeat(9000))
  home.add('debug/x.txt', 5)
  writeAged(join(home.logs, 'x.log'), 9)
  const before = snapshot(sandbox.path)
  const dry = await report(sandbox, ['-n'], home.env)
  assert.deepEqual(snapshot(sandbox.path), before)
  const real = await report(sandbox, [], home.env)
  assert.equal(dry.report.swept.artifacts, 3)
  assert.deepEqual(dry.report.artifacts, real.report.artifacts)
  assert.equal(dry.report.freedBytes, real.report.freedBytes)
})

test('a session of the store keeps what is named after it; one that this pass drops does not', async (t) => {
  const { sandbox, home } = await useHome(t)
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  sandbox.addSession('dev:charles/peon:4', ID)
  sandbox.addSession('dev:charles/peon:7', { session_id: OTHER, updatedAt: new Date().toISOString() })
  const names = (id: string) => [`projects/p/${id}.jsonl`, `debug/${id}.txt`, `todos/${id}-agent-${id}.json`]
  const kept = names(ID).map((name) => home.add(name, 90))
  const gone = names(OTHER).map((name) => home.add(name, 90))
  const young = home.add(`telemetry/${OTHER}.json`, 2)
  for (const args of [['-n'], []]) {
    const { report: result } = await report(sandbox, args, home.env)
    assert.deepEqual([result.swept.sessions, result.swept.artifacts], [1, 3])
    assert.equal(result.artifacts?.transcript?.byReason.referenced, 1)
  }
  assert.deepEqual(gone.filter(isThere), [])
  assert.deepEqual([...kept, young].filter(isThere).length, 4)
})

test('without homes and log directories the step is none, and no report tells of it', async (t) => {
  const { sandbox, home } = await useHome(t)
  const own = writeAged(join(sandbox.path, 'home/.claude/debug/x.txt'), 90)
  const old = home.add('debug/x.txt', 90)
  const { report: result } = await report(sandbox)
  assert.equal(result.artifacts, undefined)
  assert.deepEqual([own, old].filter(isThere).length, 2)
})

test('a pattern that means nothing is a warning, one that means too much a wrong setting', async (t) => {
  const { sandbox } = await useHome(t)
  const nothing = await sweep(sandbox, [], { SWEEPER_CLAUDE_HOMES: `${sandbox.path}/nobody/*/.claude` })
  assert.equal(nothing.code, 0)
  assert.match(nothing.stderr, /No directory is meant by .*nobody\/\*\/\.claude/)
  for (const [name, text] of [
    ['SWEEPER_CLAUDE_HOMES', '/'],
    ['SWEEPER_CLAUDE_HOMES', '/srv'],
    ['SWEEPER_CLAUDE_HOMES', 'agents/*/.claude'],
    ['SWEEPER_CLAUDE_HOMES', '/srv/../etc'],
    ['SWEEPER_CLAUDE_HOMES', '/srv/**/.claude'],
    ['SWEEPER_LOG_DIRS', '/*/logs'],
    ['SWEEPER_LOG_DIRS', '/home/*'],
    ['SWEEPER_DEBUG_DAYS', '-1'],
    ['SWEEPER_ACTIVE_DB', 'messages.db']
  ] as const) {
    const { code, stderr } = await sweep(sandbox, [], { [name]: text })
    assert.equal(code, 78, text)
    assert.match(stderr, new RegExp(`${name}: expected `))
  }
})

test('a log directory that holds more than logs is refused', async (t) => {
  const { sandbox, home } = await useHome(t)
  const old = home.add('projects/p/notes.txt', 90)
  const { code, stderr } = await sweep(sandbox, [], {
    ...home.env,
    SWEEPER_LOG_DIRS: `${sandbox.path}/agents/dev`
  })
  assert.equal(code, 1)
  assert.match(stderr, /is no log directory/)
  assert.ok(isThere(old))
  for (const path of [sandbox.stateDir, sandbox.cacheDir, join(sandbox.stateDir, 'sweeper')]) {
    const outcome = await sweep(sandbox, [], { SWEEPER_LOG_DIRS: path })
    assert.equal(outcome.code, 1, path)
  }
})

test('a home in a checkout is refused', async (t) => {
  const { sandbox } = await useHome(t)
  const old = writeAged(join(sandbox.cacheDir, 'worktrees/dev/x/.claude/debug/x.txt'), 90)
  const env = { SWEEPER_CLAUDE_HOMES: `${sandbox.cacheDir}/worktrees/*/*/.claude` }
  assert.match((await sweep(sandbox, [], env)).stderr, /is in the cache directory, where checkouts are/)
  assert.ok(isThere(old))
})

test('what cannot be written down is not removed', async (t) => {
  const { sandbox, home } = await useHome(t)
  const old = [home.add('debug/a.txt', 90), home.add('debug/b.txt', 90)]
  mkdirSync(join(sandbox.stateDir, 'sweeper'))
  writeFileSync(join(sandbox.stateDir, 'sweeper/journal'), 'in the way')
  const { code, stderr } = await sweep(sandbox, [], home.env)
  assert.equal(code, 1)
  assert.match(stderr, /2 debug logs could not be removed \(.*the journal cannot be written/)
  assert.ok(old.every(isThere))
})

test('links are refused and told, and what they lead to is not touched', async (t) => {
  const { sandbox, home } = await useHome(t)
  const outside = join(sandbox.path, 'outside')
  const precious = ['a.jsonl', 'p/b.jsonl', 'x.txt', 'sub/y.txt'].map((name) =>
    writeAged(join(outside, name), 90)
  )
  home.add('projects/real/z.jsonl', 90)
  mkdirSync(join(home.path, 'projects/real/z'))
  symlinkSync(join(outside, 'x.txt'), join(home.path, 'projects/real/z/link'))
  symlinkSync(outside, join(home.path, 'projects/linked'))
  symlinkSync(outside, join(home.path, 'debug'))
  symlinkSync(outside, join(sandbox.path, 'agents/dev/logs/link'))
  mkdirSync(join(sandbox.path, 'agents/eve'))
  symlinkSync(outside, join(sandbox.path, 'agents/eve/.claude'))
  const { report: result, outcome } = await report(sandbox, [], home.env)
  assert.deepEqual(
    precious.filter((path) => !isThere(path)),
    []
  )
  assert.equal(outcome.code, 1)
  assert.equal(result.swept.artifacts, 0)
  const told = result.errors.map(({ code, message }) => `${code} ${message.replaceAll(sandbox.path, '')}`)
  assert.deepEqual(told.sort(), [
    'UNSAFE_PATH /agents/dev/.claude/debug is no real directory, and links are not followed',
    'UNSAFE_PATH /agents/dev/.claude/projects/linked is no real directory, and links are not followed',
    'UNSAFE_PATH /agents/eve/.claude is a symbolic link, which is not followed: name what it leads to',
    'UNSAFE_PATH 1 transcripts are left alone, for they are more than files and directories (z.jsonl: a link, pipe, socket or device)'
  ])
})

test('nothing goes while a clock is wrong, or a database cannot be read', async (t) => {
  const { sandbox, home } = await useHome(t)
  const old = home.add('debug/x.txt', 90)
  const missing = await report(sandbox, [], { ...home.env, SWEEPER_ACTIVE_DB: join(sandbox.path, 'no.db') })
  assert.equal(missing.outcome.code, 1)
  assert.deepEqual(
    missing.report.errors.map(({ code }) => code),
    ['ACTIVE_IDS_UNKNOWN']
  )
  sandbox.forgejo.date = new Date(Date.now() - 3 * 86_400_000).toUTCString()
  sandbox.forgejo.add('charles/peon', [{ number: 4, state: 'open' }])
  sandbox.addSession('dev:charles/peon:4')
  const skewed = await report(sandbox, [], home.env)
  assert.deepEqual(
    skewed.report.errors.map(({ code }) => code),
    ['CLOCK_SKEW']
  )
  assert.ok(isThere(old))
})

test('a corrupt store removes nothing', async (t) => {
  const { sandbox, home } = await useHome(t)
  const old = home.add('debug/x.txt', 90)
  writeFileSync(sandbox.store, '{"dev:charles/peon:4": ')
  assert.equal((await sweep(sandbox, [], home.env)).code, 65)
  assert.ok(isThere(old))
})

test('0 days keep for ever', async (t) => {
  const { sandbox, home } = await useHome(t)
  const old = home.add('debug/x.txt', 3000)
  const { report: result } = await report(sandbox, [], { ...home.env, SWEEPER_DEBUG_DAYS: '0' })
  assert.equal(result.artifacts?.debug, undefined)
  assert.ok(isThere(old))
})

test('a signal ends it between two batches, and the next pass goes on', async (t) => {
  const { sandbox, home } = await useHome(t)
  for (let index = 0; index < 6000; index += 1) home.add(`debug/${index}.txt`, 9)
  const running = start(['--json'], { ...sandbox.env, ...home.env })
  const journal = join(sandbox.stateDir, 'sweeper/journal')
  while (!isThere(journal)) await new Promise((resolve) => setTimeout(resolve, 1))
  running.kill('SIGTERM')
  const { code, stdout } = await running.ended
  const result = JSON.parse(stdout) as { swept: { artifacts: number } }
  // A fast machine may be done before the signal is there.
  assert.ok(code === 143 || result.swept.artifacts === 6000)
  const { report: next } = await report(sandbox, [], home.env)
  assert.equal(next.swept.artifacts + result.swept.artifacts, 6000)
})

const skip = nobodyIsMissing()

test('what may not be removed is one error with the count', { skip }, async (t) => {
  const { sandbox, home } = await useHome(t)
  for (const name of ['a', 'b', 'c']) home.add(`debug/${name}.txt`, 9)
  const via = asNobody(sandbox)
  chmodSync(join(home.path, 'debug'), 0o500)
  const { code, stdout } = await start(['--json'], { ...sandbox.env, ...home.env }, via).ended
  chmodSync(join(home.path, 'debug'), 0o700)
  const { errors, artifacts } = JSON.parse(stdout) as Report
  assert.equal(code, 1)
  assert.deepEqual(
    errors.map((error) => [error.kind, error.code]),
    [['artifact', 'ARTIFACT_FAILED']]
  )
  assert.match(errors[0]?.message ?? '', /^3 debug logs could not be removed \(.*EACCES/)
  assert.deepEqual(artifacts?.debug?.byReason, { failed: 3 })
})

test('a directory that may not be looked into is one error, and all else is swept', { skip }, async (t) => {
  const { sandbox, home } = await useHome(t)
  home.add('debug/closed/a.txt', 90)
  home.add('debug/listed/a.txt', 90)
  home.add('projects/p/a/closed/x.txt', 90)
  home.add('projects/p/a.jsonl', 90)
  home.add('todos/a.json', 90)
  const via = asNobody(sandbox)
  const modes = [
    ['debug/closed', 0o000],
    ['debug/listed', 0o400],
    ['projects/p/a/closed', 0o000]
  ] as const
  for (const [name, mode] of modes) chmodSync(join(home.path, name), mode)
  const { code, stdout } = await start(['--json'], { ...sandbox.env, ...home.env }, via).ended
  for (const [name] of modes) chmodSync(join(home.path, name), 0o700)
  const { errors, swept } = JSON.parse(stdout) as Report
  assert.deepEqual([code, swept.artifacts], [1, 1])
  assert.deepEqual(
    errors.map((error) => error.code),
    ['UNSAFE_PATH', 'UNSAFE_PATH', 'UNSAFE_PATH']
  )
})

test('metrics tell each type', async (t) => {
  const { sandbox, home } = await useHome(t)
  home.add('debug/x.txt', 9)
  const file = join(sandbox.path, 'sweep.prom')
  await sweep(sandbox, [], { ...home.env, SWEEPER_METRICS_FILE: file })
  const text = readFileSync(file, 'utf8')
  assert.match(text, /claude_hooks_sweep_swept_artifacts\{state_dir=".*",type="debug"\} 1\n/)
  assert.match(text, /claude_hooks_sweep_freed_artifact_bytes\{state_dir=".*",type="debug"\} 4096\n/)
  assert.match(text, /claude_hooks_sweep_swept_entries\{state_dir=".*",kind="artifact"\} 1\n/)
})

test('doctor tells what is meant, and of a home that a person seems to use', async (t) => {
  const { sandbox, home } = await useHome(t)
  const title = async (env: Readonly<Record<string, string>>) =>
    (await sweep(sandbox, ['doctor'], env)).stdout.split('Artifacts\n')[1]?.split('\nForgejo')[0]
  assert.equal(await title({}), undefined)
  assert.doesNotMatch((await title(home.env)) ?? '', /warning|wrong/)
  home.add('history.jsonl', 1)
  assert.match((await title(home.env)) ?? '', /warning .*a person seems to use it: Claude has a history/)
})
