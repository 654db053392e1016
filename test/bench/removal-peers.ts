import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sandbox } from '../support/sandbox.ts'
import { type Cost, costOf, median, tell, withSandbox } from './figures.ts'
import { addLargeClone, type ManyWorktrees, manyWorktrees, twoRm } from './many-worktrees.ts'

const ROUNDS = 3
const REPOS = ['charles/one', 'charles/two', 'charles/three', 'charles/four']
const EACH = 3
const FILES = 2_000
const OURS = fileURLToPath(new URL('./remove-all.js', import.meta.url))

/** Installed for the measurement alone: one of them brings a hundred packages. */
const PEERS = ['treehouse-worktree@1.1.0', 'rimraf@6.1.4']

/** Calls treehouse-worktree as its own command does, in one process for all. */
const TREEHOUSE = `
  const { Treehouse } = await import(process.argv[1])
  const { worktrees } = JSON.parse((await import('node:fs')).readFileSync(process.argv[2], 'utf8'))
  for (const { clone, branch } of worktrees) {
    process.chdir(clone)
    await new Treehouse().remove(branch, true)
  }`

const GIT = 'while [ $# -gt 0 ]; do git -C "$1" worktree remove --force "$2" || exit 1; shift 2; done'
/** How each removes the same worktrees; the last three leave the clones with registrations of what is gone. */
function commandsOf(peers: string | null, list: string, { worktrees }: ManyWorktrees) {
  const paths = worktrees.map(({ path }) => path)
  const modules = (name: string) => join(peers ?? '', 'node_modules', name)
  const node = (...args: string[]) => [process.execPath, ...args]
  const treehouse = node(
    '--input-type=module',
    '-e',
    TREEHOUSE,
    modules('treehouse-worktree/dist/treehouse.js'),
    list
  )
  return {
    ours: node(OURS, list),
    'git worktree remove': ['sh', '-c', GIT, 'sh', ...worktrees.flatMap(({ clone, path }) => [clone, path])],
    ...(peers === null ? {} : { 'treehouse-worktree': treehouse }),
    ...(peers === null ? {} : { rimraf: node(modules('rimraf/dist/esm/bin.mjs'), ...paths) }),
    'rm -rf': ['rm', '-rf', '--', ...paths],
    'two rm -rf': twoRm(paths)
  }
}

/** Null where they cannot be had. */
function installPeers(): string | null {
  const prefix = mkdtempSync(join(tmpdir(), 'sweep-peers-'))
  try {
    const options = ['--prefix', prefix, '--no-audit', '--no-fund', '--ignore-scripts', '--silent']
    execFileSync('npm', ['install', ...options, ...PEERS], { stdio: 'ignore', timeout: 120_000 })
    return prefix
  } catch {
    rmSync(prefix, { recursive: true })
    return null
  }
}

/** The same worktrees, once for each peer and round, in turns. */
async function measure(sandbox: Sandbox, peers: string | null, round: number): Promise<Map<string, Cost>> {
  const list = join(sandbox.path, 'list.json')
  const env = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path }
  const costs = new Map<string, Cost>()
  const names = Object.keys(commandsOf(peers, list, { stateDir: '', cacheDir: '', worktrees: [] }))
  for (const [index, name] of names.entries()) {
    const many = manyWorktrees(sandbox, `peer-${index}-${round}`, REPOS, EACH)
    writeFileSync(list, JSON.stringify(many))
    const command = commandsOf(peers, list, many)[name as 'ours']
    execFileSync('sync')
    costs.set(name, await costOf(command, env))
    if (many.worktrees.some(({ path }) => existsSync(path))) throw new Error(`${name} left something`)
    for (const { clone } of many.worktrees) sandbox.git(clone, 'worktree', 'prune')
  }
  return costs
}

/** Removals by this and by others: the same work, in one run. */
export const benchPeers = (): Promise<void> =>
  withSandbox(async (sandbox) => {
    for (const repo of REPOS) {
      // Without it treehouse-worktree does nothing.
      writeFileSync(join(addLargeClone(sandbox, repo, FILES), 'treehouse.json'), '{}')
    }
    const peers = installPeers()
    if (peers === null) process.stdout.write(`${PEERS.join(' and ')} could not be installed: left out\n`)
    const rounds: Map<string, Cost>[] = []
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measure(sandbox, peers, round))
    if (peers !== null) rmSync(peers, { recursive: true })
    const gitSeconds = rounds.map((costs) => costs.get('git worktree remove')?.seconds ?? Number.NaN)
    process.stdout.write(`${REPOS.length * EACH} clean worktrees of ${FILES} files, removed by\n`)
    for (const name of rounds[0]?.keys() ?? []) {
      const costs = rounds.flatMap((round) => round.get(name) ?? [])
      const seconds = median(costs.map((cost) => cost.seconds))
      const peak = median(costs.map((cost) => cost.peakMb))
      const ratio = median(costs.map((cost, round) => cost.seconds / (gitSeconds[round] ?? Number.NaN)))
      process.stdout.write(
        `  ${name.padEnd(24)} ${seconds.toFixed(2)} s, ${ratio.toFixed(2)} of git, peak ${peak.toFixed(0)} MB\n`
      )
    }
    const ratios = rounds.map((costs, round) => {
      const { removeMs } = JSON.parse(costs.get('ours')?.stdout ?? '') as { removeMs: number }
      return removeMs / 1000 / (gitSeconds[round] ?? Number.NaN)
    })
    tell('  ours, from the decision on, over git worktree remove', median(ratios), 2 / 3)
  })
