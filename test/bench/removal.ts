import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Rest } from '../../src/host/finish-removals.ts'
import { RemovalFinisher } from '../../src/host/removal-finisher.ts'
import { BIN } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { openScripted } from '../support/scripted-pass.ts'
import { type Cost, costOf, median, tell, withSandbox } from './figures.ts'
import { addLargeClone, addWorktrees, makeDirty, twoRm, writeFiles } from './many-worktrees.ts'
import { benchPeers } from './removal-peers.ts'

const FILES = 2_000
const REPOS = 4
const INTERVAL_MS = 200

/** Closed issues with a session and a worktree each; every second worktree holds work that is nowhere else. */
function addClosed(sandbox: Sandbox, each: number): void {
  const store: Record<string, unknown> = {}
  for (let index = 1; index <= REPOS; index += 1) {
    const repo = `charles/repo-${index}`
    addLargeClone(sandbox, repo, FILES)
    for (const [at, path] of addWorktrees(sandbox, 'dev', repo, each).entries()) {
      if (at % 2 === 0) makeDirty(sandbox, path)
      sandbox.forgejo.add(repo, [{ number: at + 1, state: 'closed' }])
      store[`dev:${repo}:${at + 1}`] = { id: 'x', updatedAt: new Date().toISOString() }
    }
  }
  writeFileSync(sandbox.store, JSON.stringify(store))
}

/** A whole pass over so many closed issues in each of the repos. */
async function passOver(each: number): Promise<Cost> {
  let cost: Cost | undefined
  await withSandbox(async (sandbox) => {
    addClosed(sandbox, each)
    execFileSync('sync')
    const env = { ...sandbox.env, SWEEPER_LOOKUP: 'each' }
    cost = await costOf([process.execPath, BIN, '--log-level', 'error'], env)
    const all = REPOS * each
    if (!cost.stdout.startsWith(`swept: ${all} sessions, ${all} worktrees`)) throw new Error(cost.stdout)
  })
  if (cost === undefined) throw new Error('There was no pass')
  return cost
}

/** The time that deleting some trees takes over that of two `rm -rf`, each of which is given half of them. */
async function deletionOverRm(
  sandbox: Sandbox,
  trees: number,
  files: number,
  round: number
): Promise<number> {
  const run = `20261120T060000Z-${round.toString(16).padStart(4, '0')}`
  const { root, tools } = openScripted({ ...sandbox, path: '', key: '', run })
  const model = join(sandbox.path, `model-${round}`)
  writeFiles(model, files)
  const theirs = Array.from({ length: trees }, (_, index) =>
    join(sandbox.cacheDir, `theirs-${round}-${index}`)
  )
  const rests = theirs.map((path, index): Rest => {
    const slot = `${run}.${index + 1}`
    const registration = { repo: { owner: 'charles', name: 'none' }, gitDir: ['repos', 'none'], id: 'none' }
    const identity = { dev: 0, ino: 0 }
    return {
      intent: { type: 'remove', at: '', slot, path, reason: '', registration, identity },
      branch: null
    }
  })
  for (const [index, path] of theirs.entries()) {
    const ours = tools.trash.pathOf(`${run}.${index + 1}`, 'worktree')
    mkdirSync(join(ours, '..'), { recursive: true })
    for (const place of [path, ours]) execFileSync('cp', ['-a', model, place])
  }
  execFileSync('sync')
  const deleteOurs = async () => {
    const finisher = new RemovalFinisher(tools, run, () => false)
    for (const rest of rests) finisher.add(rest)
    await finisher.end()
  }
  const deleteTheirs = () => costOf(twoRm(theirs), process.env as Record<string, string>)
  const seconds = { ours: 0, theirs: 0 }
  for (const turn of round % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const)) {
    const started = performance.now()
    await (turn === 'ours' ? deleteOurs() : deleteTheirs())
    seconds[turn] = performance.now() - started
  }
  root.close()
  return seconds.ours / seconds.theirs
}

/** What removals cost: a pass behind its throttle, deletion alone, and beside others that do the same. */
export async function benchRemovals(): Promise<void> {
  for (const [trees, files, rounds] of [
    [50, 2_000, 4],
    [5, 20_000, 2]
  ] as const) {
    await withSandbox(async (sandbox) => {
      const ratios: number[] = []
      for (let round = 0; round < rounds; round += 1)
        ratios.push(await deletionOverRm(sandbox, trees, files, round))
      tell(`deleting ${rounds} times ${trees} trees of ${files} files over two rm -rf`, median(ratios), 1.2)
    })
  }
  const few = await passOver(5)
  const { seconds, peakMb } = await passOver(50)
  const issues = REPOS * 50
  const least = ((issues - 1) * INTERVAL_MS) / 1000
  tell(`a pass that removes ${issues} worktrees over ${issues - 1} × 200 ms`, seconds / least, 1.25)
  tell(`  its peak memory over that of one of ${REPOS * 5}`, peakMb / few.peakMb, 1.3)
  process.stdout.write(`  peak ${peakMb.toFixed(0)} MB\n`)
  await benchPeers()
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchRemovals()
