import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { hasCommand } from '../support/has-command.ts'
import { BIN, type Outcome, start, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { SYSTEMD_SHOWS, standInCommand } from '../support/stand-in-command.ts'
import { snapshot } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

interface CheckJson {
  readonly group: string
  readonly name: string
  readonly outcome: 'ok' | 'warning' | 'wrong'
  readonly saw: string
  readonly advice: string | null
}

/** A session with its repo, a pass that has just ended well, and a system timer that is enabled. */
async function putInOrder(sandbox: Sandbox): Promise<Record<string, string>> {
  sandbox.forgejo.add('charles/peon', [{ number: 4, state: 'open' }])
  sandbox.addSession('boss:charles/peon:4')
  for (const path of [sandbox.stateDir, sandbox.cacheDir, join(sandbox.cacheDir, 'worktrees')])
    chmodSync(path, 0o755)
  const script = `[ "$1" = --system ] || exit 1\ncat <<'END'\n${SYSTEMD_SHOWS}\nEND`
  const env = {
    // `all` is in many a word that would come out redacted.
    FORGEJO_TOKEN: 'bob',
    SWEEPER_RESCUE_MAX_MB: '1',
    PATH: standInCommand(sandbox.path, 'systemctl', script)
  }
  assert.equal((await sweep(sandbox, [], env)).code, 0)
  sandbox.forgejo.seen.length = 0
  return env
}

async function examine(
  sandbox: Sandbox,
  env: Record<string, string>
): Promise<{ code: number | null; checks: readonly CheckJson[]; outcome: Outcome }> {
  const outcome = await sweep(sandbox, ['doctor', '--json'], env)
  const { schema, exitCode, checks } = JSON.parse(outcome.stdout)
  assert.deepEqual([schema, exitCode], ['claude-hooks-sweep/doctor@1', outcome.code])
  return { code: outcome.code, checks, outcome }
}

/** Those that are not in order. What runs beside the tests is no part of them. */
const amiss = (checks: readonly CheckJson[]): string[] =>
  checks
    .filter(({ outcome, group }) => outcome !== 'ok' && group !== 'Processes')
    .map(({ outcome, name }) => `${outcome} ${name}`)

const find = (checks: readonly CheckJson[], name: string): CheckJson | undefined =>
  checks.find((check) => check.name === name)

/** README's example, a line for each check that it shows. */
const README_LINES = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => /^ {6}(?:ok|warning|wrong) /.test(line))

test('README shows checks by their names, and advice in the words, of the command', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  sandbox.addSession('dev:charles/gone:3')
  const file = join(sandbox.path, 'sweep.env')
  writeFileSync(file, 'MAX_AGE_DAYS=0\n', { mode: 0o600 })
  const args = ['doctor', '--env-file', file]
  const { stdout } = await sweep(sandbox, args, env)
  const limited = await sweep(sandbox, args, { ...env, FORGEJO_TOKEN: 'read:user' })
  const lines = `${stdout}${limited.stdout}`.split('\n').map((line) => line.replaceAll(/ {2,}/g, '  '))
  assert.equal(README_LINES.length, 6)
  for (const line of README_LINES.filter((text) => text.includes('→'))) {
    const shown = line.trim().replace(/…$/, '').replaceAll(/ {2,}/g, '  ')
    assert.ok(
      lines.some((said) => said.trim().startsWith(shown)),
      shown
    )
  }
})

test('0: all is in order, and nothing is changed by looking', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  const before = [snapshot(sandbox.stateDir), snapshot(sandbox.cacheDir)]
  const { code, checks, outcome } = await examine(sandbox, env)
  assert.deepEqual(amiss(checks), [])
  assert.equal(code, find(checks, 'processes')?.advice === null ? 0 : code)
  assert.equal(outcome.stderr, '')
  assert.match(find(checks, 'server')?.saw ?? '', /^Forgejo 16\.0\.0\S* at http:\/\/127/)
  assert.equal(find(checks, 'charles/peon')?.saw, 'visible')
  assert.match(find(checks, 'system timer')?.saw ?? '', /next 2026-11-21T12:00:00\.000Z/)
  assert.match(find(checks, 'last report')?.saw ?? '', /exit code 0$/)
  assert.deepEqual([snapshot(sandbox.stateDir), snapshot(sandbox.cacheDir)], before)
})

test('each check is a line with a word and no colour where stdout is no terminal', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  const { stdout } = await sweep(sandbox, ['doctor', '--max-age-days', '0'], env)
  const lines = stdout.split('\n')
  assert.ok(lines.includes('Settings'))
  const line =
    /^ {2}wrong {4}MAX_AGE_DAYS +"0" \(flag, --max-age-days\) → expected a whole number from 1 to 36500$/m
  assert.match(stdout, line)
  assert.match(stdout, /^ {2}ok {7}git +2\./m)
  assert.match(lines.at(-2) ?? '', /^doctor: \d+ ok, \d+ warnings, 1 wrong$/)
  assert.equal(stdout.includes('\u001b'), false)
})

const skip = hasCommand('script') ? false : 'script (util-linux) is not installed'

test('colours on a terminal only, unless NO_COLOR says no', { skip }, async (t) => {
  const sandbox = await useSandbox(t)
  // Without a URL nobody is asked: the stand-in could not answer while this waits.
  const env = { ...sandbox.env, FORGEJO_URL: '', TERM: 'xterm' }
  const onTerminal = (more: object) => {
    const command = `${process.execPath} ${BIN} doctor`
    const options = { env: { ...env, ...more }, encoding: 'utf8', timeout: 60_000 } as const
    return spawnSync('script', ['-qec', command, '/dev/null'], { ...options, input: '' }).stdout
  }
  assert.ok(onTerminal({}).includes('\u001b[32mok '))
  const plain = onTerminal({ NO_COLOR: '1' })
  assert.match(plain, /^ {2}ok {7}git /m)
  assert.equal(plain.includes('\u001b[3'), false)
})

test('78: whatever setting is wrong, every other check is made', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  const names = ({ checks }: { checks: readonly CheckJson[] }) => checks.map(({ name }) => name)
  const all = names(await examine(sandbox, env))
  const some = await examine(sandbox, {
    ...env,
    MAX_AGE_DAYS: '0',
    SWEEPER_MAX_TRIES: 'x',
    LOG_LEVEL: 'loud'
  })
  assert.equal(some.code, 78)
  assert.deepEqual(amiss(some.checks), ['wrong MAX_AGE_DAYS', 'wrong SWEEPER_MAX_TRIES', 'wrong LOG_LEVEL'])
  assert.deepEqual(names(some), all)

  const unasked = await examine(sandbox, {
    ...env,
    FORGEJO_URL: 'http://me:s3cret@host/',
    FORGEJO_TOKEN: 's3 cret'
  })
  assert.equal(unasked.code, 78)
  assert.deepEqual(amiss(unasked.checks), [
    'wrong FORGEJO_TOKEN',
    'wrong FORGEJO_URL',
    'warning server',
    'warning clock'
  ])
  assert.doesNotMatch(unasked.outcome.stdout, /s3 ?cret/)
  const gone = await examine(sandbox, { ...env, CLAUDE_HOOKS_STATE_DIR: '/no/such' })
  assert.equal(gone.code, 78)
  assert.deepEqual(find(gone.checks, 'state directory')?.saw, '/no/such does not exist')
  // A directory in the env file's place.
  mkdirSync(join(sandbox.path, 'claude-hooks/sweep.env'), { recursive: true })
  const unread = await examine(sandbox, { ...env, XDG_CONFIG_HOME: sandbox.path })
  assert.deepEqual([unread.code, amiss(unread.checks)], [78, ['wrong env file']])
})

test('where each setting came from, and never a token', async (t) => {
  const sandbox = await useSandbox(t)
  const { FORGEJO_TOKEN: _, ...env } = await putInOrder(sandbox)
  const file = join(sandbox.path, 'sweep.env')
  writeFileSync(file, 'FORGEJO_ACCESS_TOKEN=bob\nMAX_AGE_DAYS=9\nSWEEPER_MAX_TRYS=1\n', { mode: 0o644 })
  const { FORGEJO_TOKEN: __, ...settings } = sandbox.env
  const outcome = await start(['doctor', '--json', '--env-file', file, '--log-level', 'warn'], {
    ...settings,
    ...env
  }).ended
  const { checks } = JSON.parse(outcome.stdout) as { checks: CheckJson[] }
  const saw = (name: string) => find(checks, name)?.saw
  assert.equal(saw('FORGEJO_TOKEN'), 'set (env file, FORGEJO_ACCESS_TOKEN)')
  assert.equal(saw('MAX_AGE_DAYS'), '9 (env file)')
  assert.equal(saw('LOG_LEVEL'), 'warn (flag, --log-level)')
  assert.equal(saw('SWEEPER_INTERVAL_HOURS'), '6 (default)')
  assert.equal(saw('CLAUDE_HOOKS_STATE_DIR'), `${sandbox.stateDir} (environment)`)
  assert.deepEqual(amiss(checks), ['warning env file', 'warning env file'])
  assert.equal(outcome.code, 1)
  assert.doesNotMatch(outcome.stdout, /\bbob\b/)
})

for (const [token, expected] of [
  ['bad', ['wrong token']],
  ['read:user', ['wrong token, read:issue', 'wrong token, read:repository']],
  ['read:issue', ['wrong token, read:repository']]
] as const) {
  test(`77: the token ${token}`, async (t) => {
    const sandbox = await useSandbox(t)
    const env = await putInOrder(sandbox)
    const { code, checks } = await examine(sandbox, { ...env, FORGEJO_TOKEN: token })
    assert.equal(code, 77)
    assert.deepEqual(
      amiss(checks).filter((text) => text.startsWith('wrong')),
      expected
    )
  })
}

test('69: Forgejo cannot be reached, by so many tries as a pass makes', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  sandbox.forgejo.fault = (_request, response) => {
    response.destroy()
    return true
  }
  const { code, checks } = await examine(sandbox, { ...env, SWEEPER_MAX_TRIES: '2' })
  assert.equal(code, 69)
  assert.deepEqual(amiss(checks), ['wrong server', 'warning clock'])
  assert.equal(sandbox.forgejo.seen.length, 2)
})

test('1: what answers is not Forgejo itself', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  sandbox.forgejo.fault = (_request, response) => {
    response.writeHead(301, { location: 'https://elsewhere.test/' }).end()
    return true
  }
  const { code, checks } = await examine(sandbox, env)
  assert.equal(code, 1)
  assert.match(find(checks, 'server')?.saw ?? '', /redirects/)
})

test('a repo that is not visible is a warning; each is asked about once, 200 ms apart', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  sandbox.forgejo.add('charles/secret', [{ number: 1, state: 'open' }], { hiddenFrom: ['bob'] })
  for (const key of ['dev:charles/secret:1', 'boss:Charles/Secret:2', 'dev:charles/gone:3'])
    sandbox.addSession(key)
  const { code, checks, outcome } = await examine(sandbox, env)
  assert.equal(code, 1)
  assert.deepEqual(amiss(checks), ['warning charles/secret', 'warning charles/gone'])
  const { seen } = sandbox.forgejo
  assert.equal(new Set(seen.map(({ path }) => path)).size, seen.length)
  assert.equal(seen.length, 5)
  assert.equal(Math.max(...seen.map(({ inFlight }) => inFlight)), 1)
  assert.ok(outcome.elapsedMs >= (seen.length - 1) * 200)
})

test('a clock that is days apart is wrong; one that is minutes apart is to be seen to', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  sandbox.forgejo.date = new Date(Date.now() + 2 * DAY).toUTCString()
  assert.deepEqual(amiss((await examine(sandbox, env)).checks), ['wrong clock'])
  sandbox.forgejo.date = new Date(Date.now() - DAY / 24).toUTCString()
  assert.deepEqual(amiss((await examine(sandbox, env)).checks), ['warning clock'])
})

test('65 and 78: a store that is corrupt, or no file; the repos of none are asked about', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  writeFileSync(sandbox.store, '{')
  const corrupt = await examine(sandbox, env)
  assert.equal(corrupt.code, 65)
  assert.deepEqual(amiss(corrupt.checks), ['wrong session store'])
  rmSync(sandbox.store)
  const absent = await examine(sandbox, env)
  assert.deepEqual([absent.code, amiss(absent.checks)], [1, ['warning session store']])
  mkdirSync(sandbox.store)
  const unusable = await examine(sandbox, env)
  assert.deepEqual([unusable.code, amiss(unusable.checks)], [78, ['wrong session store']])
})

test('143: SIGTERM ends it after the question in hand', async (t) => {
  const sandbox = await useSandbox(t)
  const env = await putInOrder(sandbox)
  sandbox.forgejo.delayMs = 300
  const running = start(['doctor'], { ...sandbox.env, ...env })
  while (sandbox.forgejo.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  running.kill('SIGTERM')
  const { code, stdout } = await running.ended
  assert.deepEqual([code, sandbox.forgejo.seen.length], [143, 1])
  assert.match(stdout, /^doctor: /m)
})
