import { flush, git } from './git.ts'
import { parseStatus, STATUS_COMMAND } from './git-status.ts'
import { indexInfo } from './index-listing.ts'
import { ObstacleError } from './obstacle.ts'
import { readHead } from './read-head.ts'
import { createRef } from './refs.ts'
import { makeRecord, type RescueRecord } from './rescue-record.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { type Survey, surveyWork } from './survey-work.ts'
import { measureTree } from './tree-size.ts'
import type { WorkPlaces } from './work-places.ts'

/** What was saved of a worktree, and where. */
export interface Rescue {
  readonly commit: string
  /** The commit that HEAD was on. */
  readonly head: string
  /** The tree of the index. */
  readonly staged: string
  readonly record: RescueRecord
  /** What of it no remote has, as one phrase; null when a remote has all. */
  readonly holds: string | null
  /** Ignored paths that a build makes anew: they were not saved. Bytes as latin1. */
  readonly rebuildable: readonly string[]
  /** What the worktree takes on disk. */
  readonly bytes: number
}

/**
 * Saves all of a worktree that git would not give back, in a commit of its clone, laid out as a stash: its
 * tree is what stands on disk, its parents are the staged tree's commit, or HEAD, and every commit that
 * only this worktree knows. Where that is HEAD, HEAD it is. Nothing that the checkout configures runs;
 * the recipe was measured with git 2.39.
 *
 * The ref is made last, when all that it names was found again: a ref that a killed run left behind
 * must not vouch for a rescue that is not whole.
 *
 * @throws ObstacleError when it cannot be saved; GitError and file errors
 */
export async function rescueWork(places: WorkPlaces, ref: string, maxBytes: number): Promise<Rescue> {
  const head = await readHead(places)
  const scratch = await ScratchRepository.open(places, head.commit)
  try {
    const survey = await surveyWork(places, scratch, maxBytes)
    if (survey.obstacle !== null) throw new ObstacleError(survey.obstacle)
    const staged = await writeStaged(scratch, survey, head.tree)
    const commit = await save(places, scratch, survey, { ...head, staged, ref })
    await verify(places, commit, survey)
    // Measured now: a file that came since the worktree was looked into may be a secret.
    const { bytes, modes } = measureTree(places.workTree)
    await createRef(places.gitDir, ref, commit)
    const { holds, rebuildable } = survey
    return { commit, head: head.commit, staged, record: makeRecord(survey, modes), holds, rebuildable, bytes }
  } finally {
    scratch.remove()
  }
}

/** The tree of the index. What is in conflict is no tree: the other entries are. */
async function writeStaged(scratch: ScratchRepository, survey: Survey, headTree: string): Promise<string> {
  const { staged, unmerged } = survey.status
  if (staged.length + unmerged.length === 0) return headTree
  if (unmerged.length === 0) return writeTree(scratch)
  const indexFile = scratch.otherIndex('merged')
  const input = indexInfo(survey.entries.filter(({ stage }) => stage === 0))
  await scratch.git(['update-index', '-z', '--index-info'], { input, indexFile })
  return writeTree(scratch, indexFile)
}

/** Blobs that a partial clone never fetched may be missing: they are HEAD's. */
const writeTree = async (scratch: ScratchRepository, indexFile?: string): Promise<string> =>
  (await scratch.git(['write-tree', '--missing-ok'], indexFile === undefined ? {} : { indexFile })).trim()

interface Base {
  readonly commit: string
  readonly tree: string
  readonly staged: string
  readonly ref: string
}

/** From so many files on, one flush of the whole file system is quicker than one for each. */
const MANY = 1_000

/** Writes the commit, while git looks once more whether nobody writes to the files. */
async function save(
  places: WorkPlaces,
  scratch: ScratchRepository,
  survey: Survey,
  base: Base
): Promise<string> {
  const { differing, gone } = survey
  if (differing.length + gone.length === 0) return writeCommits(scratch, survey, base, base.staged)
  // Without a look at the disk: the way to what is gone can lead over a link by now.
  await updateIndex(scratch, ['--force-remove'], gone)
  const unflushed = differing.length > MANY
  await updateIndex(scratch, ['--add', '--remove', '--replace'], differing, unflushed)
  if (unflushed) await flush(places.gitDir)
  const [commit] = await Promise.all([
    writeTree(scratch).then((tree) => writeCommits(scratch, survey, base, tree)),
    checkQuiet(scratch)
  ])
  return commit
}

async function updateIndex(
  scratch: ScratchRepository,
  options: readonly string[],
  paths: readonly string[],
  unflushed = false
): Promise<void> {
  if (paths.length === 0) return
  const input = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1')
  await scratch.git(['update-index', '-z', ...options, '--stdin'], { input, unflushed })
}

async function checkQuiet(scratch: ScratchRepository): Promise<void> {
  const { changed, untracked } = parseStatus(await scratch.git(STATUS_COMMAND))
  if (changed.length + untracked.length > 0) throw new Error('somebody is writing in it')
}

/** @param onDisk the tree of what stands on disk */
async function writeCommits(
  scratch: ScratchRepository,
  { entries, onlyHere }: Survey,
  { commit: head, tree, staged, ref }: Base,
  onDisk: string
): Promise<string> {
  const conflicts = entries.filter(({ stage }) => stage > 0).map(({ object }) => object)
  const others = [...onlyHere.heads]
  if (conflicts.length > 0) others.push(await nameBlobs(scratch, conflicts))
  const base = staged === tree ? head : await commitTree(scratch, staged, [head], `Staged in ${ref}`)
  if (onDisk === staged && others.length === 0) return base
  return commitTree(scratch, onDisk, [base, ...others], `Rescue ${ref}`)
}

/**
 * Reads every object again that no remote has, and compares it with its name. After a crash an object can
 * be there and empty, and git, asked to write it, takes it for written.
 */
async function verify(
  { gitDir }: WorkPlaces,
  commit: string,
  { onlyHere, differing, gone, status }: Survey
): Promise<void> {
  if (onlyHere.any === null && differing.length + gone.length + status.staged.length === 0) return
  // What a partial clone never fetched, its remote has.
  const list = ['rev-list', '--verify-objects', '--quiet', '--missing=allow-promisor']
  await git([...list, commit, '--not', '--remotes'], { gitDir })
}

async function commitTree(
  scratch: ScratchRepository,
  tree: string,
  parents: readonly string[],
  message: string
): Promise<string> {
  const args = parents.flatMap((parent) => ['-p', parent])
  return (await scratch.git(['commit-tree', tree, ...args, '-m', message])).trim()
}

/** A commit whose tree names blobs, so that they stay: the index alone names the sides of a conflict. */
async function nameBlobs(scratch: ScratchRepository, blobs: readonly string[]): Promise<string> {
  const lines = [...new Set(blobs)].map((blob) => `100644 blob ${blob}\t${blob}\n`)
  const tree = (await scratch.git(['mktree', '--missing'], { input: lines.join('') })).trim()
  return commitTree(scratch, tree, [], 'Sides of conflicts')
}
