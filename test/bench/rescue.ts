import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { rescueWork } from '../../src/host/rescue.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { addLargeClone, age, fileNames } from './many-worktrees.ts'

/** A full rescue writes every file once more. */
export const FILES = 20_000

/**
 * The time of a rescue over that of git on an equal worktree: `git status` where nothing changed, else
 * `git add -A`. Once for each round, in turns.
 *
 * @param dirty how many of the files changed
 */
export async function rescueOverGit(sandbox: Sandbox, dirty: number, rounds: number): Promise<number[]> {
  const repo = `charles/files-${dirty}`
  const clone = addLargeClone(sandbox, repo, FILES)
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const [ours, theirs] = ['ours', 'theirs'].map((agent) => {
      const path = sandbox.addWorktree(agent, repo, `${agent}/${round}`)
      age(sandbox, path)
      for (const name of fileNames(dirty)) appendFileSync(join(path, name), `${agent} ${round}\n`)
      return path
    }) as [string, string]
    const gitDir = join(clone, '.git')
    const id = ours.slice(ours.lastIndexOf('/') + 1)
    const places = { workTree: ours, admin: join(gitDir, 'worktrees', id), gitDir }
    const ref = `refs/claude-hooks-sweep/bench/${round}`
    const rescue = await timed(() => rescueWork(places, ref, 1e9))
    const git = await timed(() => void sandbox.git(theirs, ...(dirty === 0 ? ['status'] : ['add', '-A'])))
    ratios.push(rescue / git)
  }
  return ratios
}

async function timed(act: () => unknown): Promise<number> {
  const started = performance.now()
  await act()
  return performance.now() - started
}
