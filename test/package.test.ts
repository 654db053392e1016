import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
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

test('the systemd units are sound, and the timer keeps its six hours', { skip }, (t) => {
  const units = useDirectory(t)
  for (const unit of ['service', 'timer']) {
    const text = readFileSync(join(ROOT, `systemd/claude-hooks-sweep.${unit}`), 'utf8')
    const path = join(units, `claude-hooks-sweep.${unit}`)
    execFileSync('tee', [path], {
      input: text.replace('/usr/local/bin/claude-hooks-sweep', process.execPath),
      stdio: ['pipe', 'ignore', 'ignore']
    })
  }
  const env = { ...process.env, XDG_RUNTIME_DIR: units }
  const files = ['service', 'timer'].map((unit) => join(units, `claude-hooks-sweep.${unit}`))
  // Unknown keys and bad values give a warning and exit code 0.
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--user', ...files], {
    env,
    encoding: 'utf8'
  })
  assert.deepEqual([status, stderr], [0, ''])
  const calendar =
    /^OnCalendar=(.*)$/m.exec(readFileSync(join(ROOT, 'systemd/claude-hooks-sweep.timer'), 'utf8'))?.[1] ?? ''
  const times = execFileSync('systemd-analyze', ['calendar', '--iterations=2', calendar], {
    encoding: 'utf8'
  })
  assert.match(times, /Normalized form: \*-\*-\* 00\/6:00:00/)
})
