import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { deadlineMinutesOf } from '../../src/config/deadline.ts'
import { type Loaded, loadSettings, SettingsError } from '../../src/config/load.ts'
import type { Environment } from '../../src/config/paths.ts'
import type { Flags } from '../../src/config/sources.ts'

interface Scene {
  readonly path: string
  readonly env: Environment
  /** Writes a file below the scene's directory and returns its path. */
  readonly write: (name: string, text: string, mode?: number) => string
}

function setUp(t: TestContext): Scene {
  const path = mkdtempSync(join(tmpdir(), 'sweep-config-'))
  t.after(() => rmSync(path, { recursive: true }))
  mkdirSync(join(path, '.local/state/claude-hooks'), { recursive: true })
  mkdirSync(join(path, '.config/claude-hooks'), { recursive: true })
  const write = (name: string, text: string, mode = 0o600) => {
    writeFileSync(join(path, name), text)
    chmodSync(join(path, name), mode)
    return join(path, name)
  }
  return { path, env: { HOME: path, FORGEJO_URL: 'https://forge.test/git/', FORGEJO_TOKEN: 't0ken' }, write }
}

function problemsOf(flags: Flags, env: Environment): readonly string[] {
  try {
    loadSettings(flags, env)
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
  }
  return assert.fail('The settings were accepted')
}

const ENV_FILE = '.config/claude-hooks/sweep.env'

test('the defaults are those of the XDG directories', (t) => {
  const { env, path } = setUp(t)
  const { settings, warnings } = loadSettings({}, env)
  assert.equal(settings.stateDir, join(path, '.local/state/claude-hooks'))
  assert.equal(settings.cacheDir, join(path, '.cache/claude-hooks'))
  assert.deepEqual([settings.maxAgeDays, settings.apiIntervalMs, settings.maxTries], [30, 200, 5])
  assert.equal(settings.lookup, 'auto')
  assert.equal(settings.forgejoUrl.href, 'https://forge.test/git/')
  assert.deepEqual(warnings, [])
  const moved = loadSettings({}, { ...env, XDG_CACHE_HOME: '/x', XDG_STATE_HOME: 'relative' })
  assert.equal(moved.settings.cacheDir, '/x/claude-hooks')
})

test('the time for questions is four fifths of the interval, or what is set', (t) => {
  const { env } = setUp(t)
  const minutesOf = (more: Environment) => {
    const { deadlineMinutes, intervalHours } = loadSettings({}, { ...env, ...more }).settings
    return deadlineMinutesOf(deadlineMinutes, intervalHours)
  }
  assert.equal(minutesOf({}), 288)
  assert.equal(minutesOf({ SWEEPER_INTERVAL_HOURS: '1' }), 48)
  assert.equal(minutesOf({ SWEEPER_INTERVAL_HOURS: '1', SWEEPER_DEADLINE_MINUTES: '90' }), 90)
  assert.equal(minutesOf({ SWEEPER_DEADLINE_MINUTES: 'auto' }), 288)
})

test('flag over environment over env file over default', (t) => {
  const { env, write } = setUp(t)
  write(ENV_FILE, 'MAX_AGE_DAYS=1\nSWEEPER_MAX_TRIES=2\nLOG_LEVEL=warn\n')
  const { settings } = loadSettings({ maxAgeDays: '3' }, { ...env, MAX_AGE_DAYS: '2', LOG_LEVEL: '' })
  assert.deepEqual([settings.maxAgeDays, settings.maxTries, settings.logLevel], [3, 2, 'warn'])
  const other = write('other.env', 'MAX_AGE_DAYS=9\n')
  assert.equal(loadSettings({ envFile: other }, env).settings.maxAgeDays, 9)
})

test('a .env in the working directory is not read', (t) => {
  const { env, path, write } = setUp(t)
  write('.env', 'FORGEJO_URL=https://evil.test/\n')
  const before = process.cwd()
  t.after(() => process.chdir(before))
  process.chdir(path)
  assert.equal(loadSettings({}, env).settings.forgejoUrl.host, 'forge.test')
})

for (const [name, more, expected] of [
  ['FORGEJO_URL', { FORGEJO_URL: '' }, /missing; expected a base URL/],
  ['FORGEJO_URL', { FORGEJO_URL: 'forge.test' }, /expected a base URL such as/],
  ['FORGEJO_URL', { FORGEJO_URL: 'https://forge.test/api/v1' }, /without \/api\/v1/],
  ['FORGEJO_URL', { FORGEJO_URL: 'https://forge.test/?x' }, /without \? and #/],
  ['FORGEJO_URL', { FORGEJO_URL: 'https://me:s3cret@forge.test/' }, /without user name and password/],
  ['FORGEJO_TOKEN', { FORGEJO_TOKEN: '' }, /the token is empty/],
  ['FORGEJO_TOKEN', { FORGEJO_TOKEN: undefined }, /missing; set it, or FORGEJO_TOKEN_FILE/],
  ['FORGEJO_TOKEN', { FORGEJO_TOKEN: 's3cret one' }, /one token, without white space/],
  [
    'FORGEJO_TOKEN_FILE',
    { FORGEJO_TOKEN: undefined, FORGEJO_TOKEN_FILE: '/no/such' },
    /cannot be read \(ENOENT\)/
  ],
  ['CLAUDE_HOOKS_STATE_DIR', { CLAUDE_HOOKS_STATE_DIR: 'relative' }, /an absolute path/],
  ['CLAUDE_HOOKS_STATE_DIR', { CLAUDE_HOOKS_STATE_DIR: '/no/such' }, /does not exist/],
  ['CLAUDE_HOOKS_STATE_DIR', { CLAUDE_HOOKS_STATE_DIR: '/etc/passwd' }, /is not a directory/],
  ['CLAUDE_HOOKS_STATE_DIR', { CLAUDE_HOOKS_STATE_DIR: '/etc/passwd/x' }, /cannot be read \(ENOTDIR\)/],
  ['MAX_AGE_DAYS', { MAX_AGE_DAYS: '0' }, /a whole number from 1/],
  ['MAX_AGE_DAYS', { MAX_AGE_DAYS: '1.5' }, /a whole number/],
  ['SWEEPER_API_INTERVAL_MS', { SWEEPER_API_INTERVAL_MS: '199' }, /a whole number from 200/],
  ['SWEEPER_PROTECT', { SWEEPER_PROTECT: 'boss' }, /patterns of keys or repos/],
  ['SWEEPER_BRANCH_PATTERN', { SWEEPER_BRANCH_PATTERN: '\\d+' }, /one group/],
  ['SWEEPER_BRANCH_PATTERN', { SWEEPER_BRANCH_PATTERN: '(' }, /one group/],
  ['SWEEPER_METRICS_FILE', { SWEEPER_METRICS_FILE: 'sweep.prom' }, /an absolute path that ends in \.prom/],
  ['SWEEPER_METRICS_FILE', { SWEEPER_METRICS_FILE: '/x/sweep.txt' }, /ends in \.prom/],
  ['SWEEPER_METRICS_FILE', { SWEEPER_METRICS_FILE: '~/sweep.prom' }, /an absolute path/],
  [
    'SWEEPER_PING_URL',
    { SWEEPER_PING_URL: 'https://me:s3cret@hc-ping.com/x' },
    /without user name, password/
  ],
  ['SWEEPER_PING_URL', { SWEEPER_PING_URL: 'hc-ping.com/s3cret' }, /expected a URL such as/],
  ['LOG_LEVEL', { LOG_LEVEL: 'loud' }, /one of trace, debug/]
] as const) {
  test(`${JSON.stringify(more)} is refused by name`, (t) => {
    const [problem = '', ...rest] = problemsOf({}, { ...setUp(t).env, ...more })
    assert.deepEqual(rest, [])
    assert.ok(problem.startsWith(`${name}: `), problem)
    assert.match(problem, expected)
    assert.doesNotMatch(problem, /s3cret/)
  })
}

test('all that is wrong is told at once, flags by their name', (t) => {
  const { path } = setUp(t)
  const problems = problemsOf({ maxAgeDays: 'x', envFile: '/no/such' }, { HOME: path })
  const names = problems.map((problem) => problem.split(':')[0])
  assert.deepEqual(names, ['--env-file', 'FORGEJO_URL', 'FORGEJO_TOKEN', '--max-age-days'])
})

test('the token comes from its variable, an older one, a file, or a systemd credential', (t) => {
  const { env, path, write } = setUp(t)
  const without = { ...env, FORGEJO_TOKEN: undefined }
  const tokenOf = ({ settings }: Loaded) => settings.token
  assert.equal(tokenOf(loadSettings({}, { ...without, FORGEJO_ACCESS_TOKEN: 'older' })), 'older')
  const file = write('token', 'from-file\n')
  assert.equal(tokenOf(loadSettings({}, { ...without, FORGEJO_TOKEN_FILE: file })), 'from-file')
  write('forgejo-token', 'from-credential\n')
  assert.equal(tokenOf(loadSettings({}, { ...without, CREDENTIALS_DIRECTORY: path })), 'from-credential')
  write(ENV_FILE, 'FORGEJO_TOKEN=from-env-file\n')
  assert.equal(tokenOf(loadSettings({}, without)), 'from-env-file')
  assert.equal(tokenOf(loadSettings({}, { ...without, FORGEJO_TOKEN_FILE: file })), 'from-file')
})

test('a credentials directory that cannot be looked into is a wrong setting, not a bug', (t) => {
  const { env, path } = setUp(t)
  const loop = join(path, 'credentials')
  symlinkSync('credentials', loop)
  assert.deepEqual(problemsOf({}, { ...env, FORGEJO_TOKEN: undefined, CREDENTIALS_DIRECTORY: loop }), [
    `CREDENTIALS_DIRECTORY: ${loop}/forgejo-token cannot be read (ELOOP)`
  ])
})

test('a state directory that is wrong is named as it was given', (t) => {
  const { env } = setUp(t)
  const [flag = ''] = problemsOf({ stateDir: '/no/such' }, { ...env, CLAUDE_HOOKS_STATE_DIR: '/tmp' })
  assert.match(flag, /^--state-dir: \/no\/such does not exist/)
  const [variable = ''] = problemsOf({}, { ...env, CLAUDE_HOOKS_STATE_DIR: '/no/such' })
  assert.match(variable, /^CLAUDE_HOOKS_STATE_DIR: /)
})

for (const url of [
  'https://me:s3cret@forge.test/',
  'https://s3cret@forge.test/',
  'https://me:s3cret@@forge.test/',
  'https://me:s3#cret@forge.test/',
  'https://me:s3/cret@forge.test/',
  'https:/me:s3cret@forge.test/',
  'me:s3cret@forge.test',
  'ftp://me:s3cret@forge.test/'
]) {
  test(`the password in ${url} is not told`, (t) => {
    const { env } = setUp(t)
    const text = [
      ...problemsOf({}, { ...env, FORGEJO_URL: url }),
      ...problemsOf({ forgejoUrl: url }, env)
    ].join('\n')
    assert.match(text, /^FORGEJO_URL: expected .*\n--forgejo-url: expected /)
    assert.doesNotMatch(text, /s3|cret/)
  })
}

test('a file with a token that others can read, and a setting that does not exist, are warned of', (t) => {
  const { env, write } = setUp(t)
  write(ENV_FILE, 'FORGEJO_TOKEN=x\nSWEEPER_MAX_TRYS=3\n', 0o644)
  const token = write('token', 'x', 0o640)
  const { warnings } = loadSettings({}, { ...env, FORGEJO_TOKEN: undefined, FORGEJO_TOKEN_FILE: token })
  assert.equal(warnings.length, 3)
  assert.match(warnings[0] ?? '', /Others can read .*sweep\.env/)
  assert.match(warnings[1] ?? '', /there is no setting SWEEPER_MAX_TRYS/)
  assert.match(warnings[2] ?? '', /Others can read .*token/)
  write(ENV_FILE, 'SWEEPER_PING_URL=https://hc-ping.com/x\n', 0o644)
  assert.match(loadSettings({}, env).warnings[0] ?? '', /holds a secret: chmod 600/)
  write(ENV_FILE, 'MAX_AGE_DAYS=3\n', 0o644)
  assert.deepEqual(loadSettings({}, env).warnings, [])
})
