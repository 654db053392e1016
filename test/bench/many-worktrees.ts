import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from '../support/sandbox.ts'

const FILES_EACH = 50

/** Relative names of so many files, 50 to a directory. */
export const fileNames = (count: number): string[] =>
  Array.from(
    { length: count },
    (_, index) => `src/d${Math.floor(index / FILES_EACH)}/f${index % FILES_EACH}.txt`
  )

/** Writes so many small files. */
export function writeFiles(directory: string, count: number): void {
  for (const [index, name] of fileNames(count).entries()) {
    if (index % FILES_EACH === 0) mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), `${name}\n`.repeat(20))
  }
}

/** A cache clone whose one commit holds so many files; its remote has all of it. */
export function addLargeClone(sandbox: Sandbox, repo: string, files: number): string {
  const clone = sandbox.addClone(repo)
  writeFiles(clone, files)
  sandbox.git(clone, 'add', '-A')
  sandbox.git(clone, 'commit', '-q', '-m', 'files')
  sandbox.git(clone, 'push', '-q', 'origin', 'main')
  return clone
}

/** Real worktrees dev/1 to dev/n of an agent, as claude-hooks makes them. */
export function addWorktrees(sandbox: Sandbox, agent: string, repo: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const path = sandbox.worktreePath(agent, repo, `${agent}/${index + 1}`)
    sandbox.git(
      sandbox.clonePath(repo),
      ...['worktree', 'add', '-q', '-b', `${agent}/${index + 1}`, path, 'origin/main']
    )
    return path
  })
}

/** Makes files look as old as those that agents left: what git wrote in the same second it looks into once more. */
export function age(sandbox: Sandbox, path: string): void {
  execFileSync('find', [path, '-type', 'f', '-exec', 'touch', '-d', '2020-01-01', '{}', '+'])
  sandbox.git(path, 'update-index', '-q', '--refresh')
}

/** Work that is nowhere else: a changed file, a staged one, an untracked one and an unpushed commit. */
export function makeDirty(sandbox: Sandbox, path: string): void {
  const [first = '', second = '', third = ''] = fileNames(3)
  appendFileSync(join(path, first), 'committed\n')
  sandbox.git(path, 'commit', '-q', '-a', '-m', 'work')
  appendFileSync(join(path, second), 'staged\n')
  sandbox.git(path, 'add', second)
  appendFileSync(join(path, third), 'changed\n')
  writeFileSync(join(path, 'notes.txt'), `notes of ${path}\n`)
}

/** Worktrees that are to go, and where they are. */
export interface ManyWorktrees {
  readonly stateDir: string
  readonly cacheDir: string
  readonly worktrees: readonly { readonly clone: string; readonly path: string; readonly branch: string }[]
}

/** So many worktrees of an agent in each of some repos. */
export const manyWorktrees = (
  sandbox: Sandbox,
  agent: string,
  repos: readonly string[],
  each: number
): ManyWorktrees => ({
  stateDir: sandbox.stateDir,
  cacheDir: sandbox.cacheDir,
  worktrees: repos.flatMap((repo) =>
    addWorktrees(sandbox, agent, repo, each).map((path, index) => ({
      clone: sandbox.clonePath(repo),
      path,
      branch: `${agent}/${index + 1}`
    }))
  )
})

/** Deletes some trees by two processes, each of which is given half of them. */
export const twoRm = (paths: readonly string[]): string[] => {
  const script = 'half=$1; shift; printf "%s\\0" "$@" | xargs -0 -n "$half" -P 2 rm -rf --'
  return ['sh', '-c', script, 'sh', `${Math.ceil(paths.length / 2)}`, ...paths]
}
