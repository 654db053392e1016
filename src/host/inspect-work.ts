import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, known, unknown } from '../domain/fact.ts'
import { isRebuildable } from '../domain/rebuildable.ts'
import type { Work } from '../domain/state.ts'
import type { CacheRoot } from './cache-root.ts'
import { Directory } from './directory.ts'
import { describeError, unlessMissing } from './file-error.ts'
import { git, splitNul } from './git.ts'
import { readTips } from './git-tips.ts'
import { adminNames, type Registration, readRegistration } from './registration.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { measureTree } from './tree-size.ts'

/** Where the parts of a worktree are now: its directory may have been moved aside already. */
export interface WorkPlaces {
  readonly workTree: string
  readonly admin: string
  readonly gitDir: string
}

/** States of a git command that waits for its user, by the file or directory that marks them. */
const OPERATIONS: readonly (readonly [string, string])[] = [
  ['rebase-merge', 'a rebase under way'],
  ['rebase-apply', 'a rebase or am under way'],
  ['MERGE_HEAD', 'a merge under way'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick under way'],
  ['REVERT_HEAD', 'a revert under way'],
  ['sequencer', 'a sequence of picks under way'],
  ['BISECT_LOG', 'a bisect under way']
]

/** The work of a worktree together with its tip, which is on a remote when nothing is unsaved. */
export interface InspectedWork extends Work {
  readonly head: string
}

/**
 * Looks for what git would not give back once the worktree is gone. Runs nothing that the checkout
 * configures and writes nothing below the cache directory.
 *
 * @throws GitError and file errors: then nobody knows what it holds
 */
export async function inspectWork(places: WorkPlaces): Promise<InspectedWork> {
  const head = (await git(['rev-parse', '-q', '--verify', 'HEAD^{commit}'], { gitDir: places.admin })).trim()
  const { bytes, nested } = measureTree(places.workTree)
  const unsaved =
    findOperation(places.admin) ??
    describe('nested repository', 'nested repositories', nested) ??
    (await findUnpushed(places, head)) ??
    (await findUncommitted(places, head))
  return { unsaved, bytes, head }
}

/** Looks into a worktree at its place; what cannot be looked into is unknown, with the reason. */
export async function inspectWorktree(root: CacheRoot, path: string): Promise<Fact<Work>> {
  try {
    const worktree = Directory.open(path)
    try {
      const registration = readRegistration(root, worktree, path)
      return known(await inspectWork(workPlaces(root, registration, path)))
    } finally {
      worktree.close()
    }
  } catch (error) {
    return unknown('WORKTREE_UNREADABLE', `It cannot be looked into: ${describeError(error)}`)
  }
}

/** @param workTree where the worktree's directory is now */
export const workPlaces = (root: CacheRoot, registration: Registration, workTree: string): WorkPlaces => ({
  workTree,
  admin: root.pathOf(adminNames(registration)),
  gitDir: root.pathOf(registration.gitDir)
})

function findOperation(admin: string): string | null {
  const exists = (name: string) => unlessMissing(() => lstatSync(join(admin, name)), undefined) !== undefined
  const operation = OPERATIONS.find(([name]) => exists(name))?.[1]
  if (operation !== undefined) return operation
  // `refs/worktree` and `refs/bisect` are this worktree's alone.
  const refs = unlessMissing(
    () => readdirSync(join(admin, 'refs'), { recursive: true, withFileTypes: true }),
    []
  )
  return describe(
    'ref of its own',
    'refs of its own',
    refs.filter((ref) => !ref.isDirectory()).map(({ name }) => name)
  )
}

/** A commit that no remote-tracking branch reaches: HEAD's, or one that only its reflog still knows. */
async function findUnpushed({ admin, gitDir }: WorkPlaces, head: string): Promise<string | null> {
  const tips = [head, ...readTips(admin)]
  const args = ['rev-list', '-n1', '--ignore-missing', ...new Set(tips), '--not', '--remotes']
  const commit = (await git(args, { gitDir })).trim()
  if (commit === '') return null
  return `a commit that no remote has (${commit.slice(0, 12)})`
}

async function findUncommitted(
  { workTree, admin, gitDir }: WorkPlaces,
  head: string
): Promise<string | null> {
  const scratch = await ScratchRepository.open(workTree, admin, gitDir, head)
  try {
    await clearFlags(scratch, workTree)
    // A file that was only touched has no change; this compares its content.
    await scratch.git(['update-index', '-q', '--refresh'], { alsoOk: [1] })
    const diff = ['-z', '--name-only', '--no-renames', '--ignore-submodules=all']
    const staged = splitNul(await scratch.git(['diff-index', '--cached', ...diff, head]))
    const changed = splitNul(await scratch.git(['diff-files', ...diff]))
    const others = ['ls-files', '-o', '-z', '--exclude-standard']
    const untracked = splitNul(await scratch.git(others))
    const ignored = splitNul(await scratch.git([...others, '-i', '--directory']))
    return (
      describe('staged change', 'staged changes', staged) ??
      describe('uncommitted change', 'uncommitted changes', changed) ??
      describe('untracked file', 'untracked files', untracked) ??
      describe(
        'ignored file',
        'ignored files',
        ignored.filter((path) => !isRebuildable(path))
      )
    )
  } finally {
    scratch.remove()
  }
}

/** Files marked assume-unchanged or skip-worktree are not looked at, though they may have changed. */
async function clearFlags(scratch: ScratchRepository, workTree: string): Promise<void> {
  const flagged = splitNul(await scratch.git(['ls-files', '-v', '-z'])).filter((line) =>
    /^[a-zS] /.test(line)
  )
  const present = flagged
    .map((line) => line.slice(2))
    .filter((path) => unlessMissing(() => lstatSync(pathOf(workTree, path)), undefined) !== undefined)
  if (present.length === 0) return
  const input = Buffer.from(`${present.join('\0')}\0`, 'latin1')
  for (const flag of ['--no-assume-unchanged', '--no-skip-worktree']) {
    await scratch.git(['update-index', flag, '-z', '--stdin'], { input })
  }
}

const pathOf = (workTree: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${workTree}/`), Buffer.from(path, 'latin1')])

/** `2 untracked files (a.txt, …)`; null when there is none. */
function describe(one: string, many: string, names: readonly string[]): string | null {
  const [first] = names
  if (first === undefined) return null
  const name = Buffer.from(first, 'latin1').toString('utf8')
  if (names.length === 1) return `1 ${one} (${name})`
  return `${names.length} ${many} (${name}, …)`
}
