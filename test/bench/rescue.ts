import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rescueWork } from '../../src/host/rescue.ts'
import type { Sandbox } from '../support/sandbox.ts'

const DIRECTORIES = 400
const FILES_EACH = 50
/** A full rescue writes every file once more. */
export const FILES = DIRECTORIES * FILES_EACH

const fileNames = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `src/d${Math.floor(index / FILES_EACH)}/f${index % FILES_EACH}.txt`
  )

/**
 * The time of a rescue over that of git on an equal worktree: `git status` where nothing changed, else
 * `git add -A`. Once for each round, in turns.
 *
 * @param dirty how many of the files changed
 */
export async function rescueOverGit(sandbox: Sandbox, dirty: number, rounds: number): Promise<number[]> {
  const repo = `charles/files-${dirty}`
  const clone = addLargeClone(sandbox, repo)
  const ratios: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const [ours, theirs] = ['ours', 'theirs'].map((agent) => {
      const path = sandbox.addWorktree(agent, repo, `${agent}/${round}`)
      // What git wrote in the same second it would look into once more.
      execFileSync('find', [path, '-type', 'f', '-exec', 'touch', '-d', '2020-01-01', '{}', '+'])
      sandbox.git(path, 'update-index', '-q', '--refresh')
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

function addLargeClone(sandbox: Sandbox, repo: string): string {
  const clone = sandbox.addClone(repo)
  for (const [index, name] of fileNames(FILES).entries()) {
    if (index % FILES_EACH === 0) mkdirSync(join(clone, name, '..'), { recursive: true })
    writeFileSync(join(clone, name), `${name}\n`.repeat(20))
  }
  sandbox.git(clone, 'add', '-A')
  sandbox.git(clone, 'commit', '-q', '-m', 'files')
  sandbox.git(clone, 'push', '-q', 'origin', 'main')
  return clone
}

async function timed(act: () => unknown): Promise<number> {
  const started = performance.now()
  await act()
  return performance.now() - started
}
