import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cadence } from '../src/config/cadence.ts'
import { SPECS } from '../src/config/settings.ts'
import { LEAST_NODE } from '../src/domain/doctor/check-programs.ts'
import { hasCommand } from './support/has-command.ts'
import { useSandbox } from './support/use-sandbox.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

function useDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sweep-package-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

test('the packed tarball holds what users need, installs into an empty prefix and runs', async (t) => {
  const prefix = useDirectory(t)
  const sandbox = await useSandbox(t)
  const npm = (...args: string[]) =>
    execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [packed] = JSON.parse(npm('pack', '--json', '--ignore-scripts', '--pack-destination', prefix))
  const paths: string[] = packed.files.map(({ path }: { path: string }) => path)
  const needed =
    /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|bin\/|dist\/(?:bundle|completions|man)\/|systemd\/|src\/report\/report\.schema\.json$)/
  assert.deepEqual(
    paths.filter((path) => !needed.test(path)),
    []
  )

  npm('install', '--global', '--prefix', prefix, '--no-audit', '--no-fund', join(prefix, packed.filename))
  const command = join(prefix, 'bin/claude-hooks-sweep')
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.equal(execFileSync(command, ['--version'], { encoding: 'utf8' }), `${version}\n`)
  const { status, stdout } = spawnSync(command, ['--dry-run'], { env: sandbox.env, encoding: 'utf8' })
  assert.deepEqual(
    [status, stdout],
    [0, 'would sweep: 0 sessions, 0 worktrees, 0 cache clones; skipped: 0 (still active)\n']
  )
  assert.ok(existsSync(join(prefix, 'lib/node_modules/claude-hooks-sweep/src/report/report.schema.json')))
  assert.ok(existsSync(join(prefix, 'share/man/man1/claude-hooks-sweep.1')))
  for (const name of ['claude-hooks-sweep.bash', '_claude-hooks-sweep', 'claude-hooks-sweep.fish'])
    assert.ok(paths.includes(`dist/completions/${name}`))
})

test('the demo sweeps its sandbox with the real command, and leaves nothing behind', () => {
  const script = fileURLToPath(new URL('./support/demo.js', import.meta.url))
  const { status, stdout } = spawnSync(process.execPath, [script], { encoding: 'utf8' })
  assert.equal(status, 0)
  assert.match(stdout, /^would sweep: 4 sessions, 2 worktrees/m)
  assert.match(stdout, /^swept: 4 sessions, 2 worktrees/m)
  const [, path = ''] = /A sandbox in (\S+):/.exec(stdout) ?? []
  assert.equal(existsSync(path), false)
})

test('README names every setting with its default, and every command that it tells to run exists', () => {
  for (const { name, fallback } of Object.values(SPECS)) {
    assert.match(readme, new RegExp(`\`${name}\``))
    const text = fallback?.({ HOME: '~' }) ?? ''
    if (/^\d+$/.test(text)) assert.match(readme, new RegExp(`\`${name}\` \\| ${text}\\b`))
  }
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  for (const [, script = ''] of readme.matchAll(/npm (?:run )?(demo|test|check|bench)\b/g))
    assert.ok(script in scripts)
})

test('the manifest and doctor ask for the same Node', () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  assert.equal(engines.node, `>=${LEAST_NODE}`)
})

test('README and --help tell the same exit codes', () => {
  const { stdout } = spawnSync(process.execPath, [join(ROOT, 'bin/claude-hooks-sweep.js'), '--help'], {
    encoding: 'utf8'
  })
  const codes = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, code]) => code)
  const told = codes(stdout.split('Exit codes:')[1] ?? '', /^ {2}(\d[\d, ]*\d|\d)/gm)
  assert.ok(told.length >= 10)
  assert.deepEqual(codes(readme, /^\| (\d[\d, ]*) \|/gm), told)
})

const skip = hasCommand('systemd-analyze') ? false : 'systemd-analyze is not installed'

const COMMAND = join(ROOT, 'bin/claude-hooks-sweep.js')

/** The most exposure that `systemd-analyze security` may find, of 10, and the options that print the units. */
const UNITS = [
  // All that there is without a user namespace; most of the rest is for capabilities that no user's service has.
  { scope: 'user', most: 6.5, options: [] },
  { scope: 'system', most: 1.5, options: ['--run-as', 'daemon'] }
] as const

for (const { scope, most, options } of UNITS) {
  test(`the ${scope} units are sound, and as closed as they can be`, { skip }, (t) => {
    const directory = useDirectory(t)
    const env = { ...process.env, HOME: directory, XDG_RUNTIME_DIR: directory }
    const print = [COMMAND, 'install', `--${scope}`, '--print', ...options]
    const printed = execFileSync(process.execPath, print, { env, encoding: 'utf8' })
    const paths = printed.split(/^(?=# \/)/m).flatMap((text) => {
      const name = /^# \/.*\/(claude-hooks-sweep\.\w+)\n/.exec(text)?.[1]
      if (name === undefined) return []
      writeFileSync(join(directory, name), text)
      return [join(directory, name)]
    })
    const analyze = (...args: string[]) =>
      spawnSync('systemd-analyze', [`--${scope}`, ...args], { env, encoding: 'utf8' })
    assert.equal(paths.length, 2)
    // Unknown keys and bad values give a warning and exit code 0.
    const { status, stderr } = analyze('verify', ...paths)
    assert.deepEqual([status, stderr], [0, ''])
    const { stdout } = analyze('security', '--offline=true', '--no-pager', paths[0] ?? '')
    assert.ok(Number(/exposure level for .*: ([\d.]+)/.exec(stdout)?.[1]) <= most, stdout)
  })
}

test('every cadence is a calendar that systemd knows', { skip }, () => {
  for (const hours of [1, 2, 3, 4, 6, 8, 12, 24, 168]) {
    const parsed = cadence(`${hours}h`)
    assert.ok('value' in parsed)
    const { calendar } = parsed.value
    const times = execFileSync('systemd-analyze', ['calendar', '--iterations=3', calendar], {
      env: { ...process.env, TZ: 'UTC' },
      encoding: 'utf8'
    })
    const [, second, third] = [...times.matchAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g)].map(([time]) =>
      Date.parse(`${time}Z`)
    )
    assert.equal(Number(third) - Number(second), hours * 3_600_000, calendar)
  }
})

test('README runs the command with options that it knows', () => {
  const lines = [...readme.matchAll(/^```sh\n((?:(?!```).*\n)*)/gm)].flatMap(([, block = '']) =>
    block.split('\n')
  )
  const calls = lines.flatMap(
    (line) => /(?:^|\s)claude-hooks-sweep(?= |$)(.*)$/.exec(line)?.[1]?.trim().split(' ') ?? []
  )
  const words = new Set(calls.filter((word) => /^(?:--)?[a-z-]+$/.test(word)))
  const help = ['', 'install', 'uninstall', 'explain', 'history', 'undo']
    .map((command) =>
      execFileSync(process.execPath, [COMMAND, ...command.split(' ').filter(Boolean), '--help'], {
        encoding: 'utf8'
      })
    )
    .join('\n')
  assert.ok(words.has('install') && words.has('--dry-run'))
  for (const word of [...words].filter((word) => word.startsWith('--')))
    assert.ok(help.includes(`${word}`), word)
})
