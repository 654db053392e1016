import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BIN, start } from '../support/run-command.ts'
import { clear, plantHome, TOOLS } from './artifacts.ts'
import { type Cost, median, tell, withSandbox } from './figures.ts'
import { registerWorktrees, scanTimes } from './registered-worktrees.ts'
import { benchRemovals } from './removal.ts'
import { FILES, rescueOverGit } from './rescue.ts'
import { storeWindows } from './store-window.ts'

/** Figures of one run, side by side, as ratios: machines are noisy and shared. */
const ROUNDS = 15
const THROTTLED = 50
const OLD_SESSIONS = 100_000
/** So many repos with so many open issues and so many sessions each. */
const REPOS = 40
const OPEN = 100
const SESSIONS = 250
/** `ARTIFACTS=1000000 npm run bench` is what README tells of: making the files anew for each tool takes most of its time. */
const ARTIFACTS = Number(process.env['ARTIFACTS'] ?? 100_000)
const ARTIFACT_ROUNDS = 3
const WORKTREES = 10_000

function elapsed(args: readonly string[], env: Readonly<Record<string, string>>): number {
  const started = performance.now()
  spawnSync(process.execPath, args, { env, stdio: 'ignore' })
  return performance.now() - started
}

/** The median of ratios of a command to `node -e 0`, run in turns. */
function overBareNode(args: readonly string[], env: Readonly<Record<string, string>>): number {
  const ratios = Array.from({ length: ROUNDS }, () => elapsed(args, env) / elapsed(['-e', '0'], env))
  return median(ratios)
}

await withSandbox((sandbox) => {
  tell('--version over node -e 0', overBareNode([BIN, '--version'], sandbox.env), 1.2)
  writeFileSync(sandbox.store, '{}')
  tell('an empty pass over node -e 0', overBareNode([BIN], sandbox.env), 2)
})

await withSandbox(async (sandbox) => {
  const numbers = Array.from({ length: THROTTLED }, (_, index) => index + 1)
  sandbox.forgejo.add(
    'charles/peon',
    numbers.map((number) => ({ number, state: 'open' }))
  )
  const now = new Date().toISOString()
  const store = Object.fromEntries(
    numbers.map((number) => [`dev:charles/peon:${number}`, { id: 'x', updatedAt: now }])
  )
  writeFileSync(sandbox.store, JSON.stringify(store))
  const settings = { ...sandbox.env, SWEEPER_LOOKUP: 'each' }
  const { elapsedMs } = await start([], settings).ended
  tell(
    `a pass over ${THROTTLED} sessions over ${THROTTLED - 1} × 200 ms`,
    elapsedMs / ((THROTTLED - 1) * 200),
    1.03
  )
})

await withSandbox(async (sandbox) => {
  const now = new Date().toISOString()
  const store: Record<string, unknown> = {}
  for (let repo = 1; repo <= REPOS; repo += 1) {
    const name = `charles/repo-${repo}`
    const closed = repo % 2 === 0 ? 3 : 2
    const items = Array.from({ length: OPEN + closed }, (_, index) => index + 1)
    sandbox.forgejo.add(
      name,
      items.map((number) => ({ number, state: number > OPEN ? 'closed' : 'open' }))
    )
    for (let at = 0; at < SESSIONS; at += 1) {
      const key = `agent-${Math.floor(at / items.length)}:${name}:${(at % items.length) + 1}`
      store[key] = { id: key, updatedAt: now }
    }
  }
  writeFileSync(sandbox.store, JSON.stringify(store))
  const { elapsedMs } = await start(['--dry-run'], sandbox.env).ended
  const { length } = sandbox.forgejo.seen
  tell(`requests for ${REPOS * SESSIONS} sessions in ${REPOS} repos, ${REPOS * OPEN} open`, length, 200)
  tell('  in', elapsedMs / 1000, 45, ' s')
})

await withSandbox((sandbox) => {
  const old = '2020-01-01T00:00:00Z'
  const keys = Array.from({ length: OLD_SESSIONS }, (_, index) => `dev:charles/peon:${index + 1}`)
  writeFileSync(
    sandbox.store,
    JSON.stringify(Object.fromEntries(keys.map((key) => [key, { id: key, updatedAt: old }])), null, 2)
  )
  registerWorktrees(sandbox, WORKTREES)
  tell(`reading what decides on ${WORKTREES} worktrees`, median(scanTimes(sandbox, WORKTREES, 5)), 2, ' s')
  const { peakMb, seconds } = peakOf([BIN, '--log-level', 'error'], sandbox.env)
  tell(`peak memory: ${OLD_SESSIONS} sessions past their age, ${WORKTREES} worktrees`, peakMb, 200, ' MB')
  process.stdout.write(`  in ${seconds.toFixed(1)} s\n`)
})

for (const loaded of [false, true]) {
  const windows = await storeWindows(ROUNDS, loaded)
  const name = `from the last look at the store to the rename, ${loaded ? 'all processors busy' : 'alone'}`
  tell(`${name}: median of ${ROUNDS} passes`, median(windows), 200, ' µs')
  process.stdout.write(`  longest ${windows.at(-1)?.toFixed(0)} µs\n`)
}

await withSandbox(async (sandbox) => {
  const costsOf = async (tool: Parameters<typeof clear>[0]) => {
    const costs: Cost[] = []
    for (let round = 0; round < ARTIFACT_ROUNDS; round += 1)
      costs.push(await clear(tool, sandbox, plantHome(sandbox, ARTIFACTS), ARTIFACTS))
    return costs
  }
  const cpu = (costs: readonly Cost[]) => median(costs.map(({ cpuSeconds }) => cpuSeconds))
  const own = await costsOf('sweep')
  for (const tool of TOOLS) {
    const ratio = cpu(own) / cpu(await costsOf(tool))
    tell(`${ARTIFACTS} artifacts over ${tool}, processor time`, ratio, tool === 'find' ? 1.3 : 1)
  }
  tell('  peak memory', median(own.map(({ peakMb }) => peakMb)), 100, ' MB')
})

for (const [dirty, rounds, command] of [
  [0, 9, 'git status'],
  [100, 5, 'git add -A'],
  [FILES, 3, 'git add -A']
] as const) {
  await withSandbox(async (sandbox) => {
    const ratios = await rescueOverGit(sandbox, dirty, rounds)
    tell(`a rescue of ${FILES} files, ${dirty} of them changed, over ${command}`, median(ratios), 1.5)
  })
}

await benchRemovals()

/** Peak resident memory, as the kernel tells the process itself at its end, and the time it took. */
function peakOf(
  args: readonly string[],
  env: Readonly<Record<string, string>>
): { peakMb: number; seconds: number } {
  const preload = join(mkdtempSync(join(tmpdir(), 'sweep-bench-')), 'peak.cjs')
  const exit = `process.on('exit', () => require('node:fs').writeSync(2, 'PEAK ' + process.resourceUsage().maxRSS + '\\n'))`
  writeFileSync(preload, exit)
  const started = performance.now()
  const { stderr } = spawnSync(process.execPath, ['--require', preload, ...args], { env, encoding: 'utf8' })
  const seconds = (performance.now() - started) / 1000
  rmSync(join(preload, '..'), { recursive: true })
  return { peakMb: Number(/PEAK (\d+)/.exec(stderr)?.[1]) / 1024, seconds }
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What production dependencies take on disk when installed by themselves. */
function installedSize(): number {
  const prefix = mkdtempSync(join(tmpdir(), 'sweep-size-'))
  try {
    for (const name of ['package.json', 'package-lock.json']) execFileSync('cp', [join(ROOT, name), prefix])
    execFileSync('npm', ['ci', '--omit=dev', '--ignore-scripts', '--silent'], {
      cwd: prefix,
      stdio: 'ignore'
    })
    const [kilobytes] = execFileSync('du', ['-sk', join(prefix, 'node_modules')], { encoding: 'utf8' }).split(
      '\t'
    )
    return Number(kilobytes) / 1024
  } finally {
    rmSync(prefix, { recursive: true })
  }
}

tell('installed size of production dependencies', installedSize(), 10, ' MB')
