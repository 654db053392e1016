import type { FileModes } from '../domain/state.ts'
import { git, readHead } from './git.ts'
import { parseStatus, STATUS_COMMAND } from './git-status.ts'
import { type IndexEntry, indexInfo } from './index-listing.ts'
import { makeRecord, type RescuePlace } from './rescue-record.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { type Survey, surveyWork } from './survey-work.ts'
import type { WorkPlaces } from './work-places.ts'

/** What was saved of a worktree, and where. */
export interface Rescue {
  readonly ref: string
  readonly commit: string
  /** The commit that HEAD was on. */
  readonly head: string
  /** What of it no remote has, as one phrase; null when a remote has all. */
  readonly holds: string | null
  /** Ignored paths that a build makes anew: they were not saved. Bytes as latin1. */
  readonly rebuildable: readonly string[]
}

/** A worktree cannot be saved: it holds something that git does not take. */
export class ObstacleError extends Error {
  readonly holds: string

  constructor(holds: string) {
    super(`It holds ${holds}`)
    this.holds = holds
  }
}

/** What a rescue's commit holds, by name. */
export const WORKTREE_TREE = 'worktree'
export const RECORD = 'record.json'

/**
 * Saves all of a worktree that git would not give back, in a commit of its clone: the tree as it
 * stands on disk, the staged tree, and a record with its git files, modes and empty directories. Its
 * parents are HEAD and every commit that only this worktree knows. Nothing that the checkout configures
 * runs; the recipe is measured for git 2.39.
 *
 * The ref is made last, when all that it names was found again: a ref that a killed run left behind
 * must not vouch for a rescue that is not whole.
 *
 * @throws ObstacleError when it cannot be saved; GitError and file errors
 */
export async function rescueWork(
  places: WorkPlaces,
  place: RescuePlace,
  modes: FileModes,
  maxBytes: number
): Promise<Rescue> {
  const head = await readHead(places.admin)
  const scratch = await ScratchRepository.open(places, head)
  try {
    const survey = await surveyWork(places, scratch, maxBytes)
    if (survey.obstacle !== null) throw new ObstacleError(survey.obstacle)
    const staged = await writeStaged(scratch, survey, head)
    const onDisk = await writeOnDisk(scratch, survey, staged)
    const record = makeRecord(place, survey, head, modes)
    const tree = await writeTree(scratch, survey, { staged, onDisk, record })
    const parents = [head, ...survey.onlyHere.heads]
    const commit = await writeCommit(scratch, tree, parents, place)
    await verify(places, commit, parents)
    await git(['update-ref', place.ref, commit, '0'.repeat(head.length)], { gitDir: places.gitDir })
    const { holds, rebuildable } = survey
    return { ref: place.ref, commit, head, holds, rebuildable }
  } finally {
    scratch.remove()
  }
}

/** The tree of the index. What is in conflict is no tree: the other entries are. */
async function writeStaged(scratch: ScratchRepository, survey: Survey, head: string): Promise<string> {
  const { staged, unmerged } = survey.status
  if (unmerged.length === 0) {
    if (staged.length > 0) return (await scratch.git(['write-tree', '--missing-ok'])).trim()
    return (await scratch.git(['rev-parse', `${head}^{tree}`])).trim()
  }
  const indexFile = scratch.otherIndex('merged')
  const input = indexInfo(survey.entries.filter(({ stage }) => stage === 0))
  await scratch.git(['update-index', '-z', '--index-info'], { input, indexFile })
  return (await scratch.git(['write-tree', '--missing-ok'], { indexFile })).trim()
}

/** The tree of what stands on disk. @throws when somebody is writing there */
async function writeOnDisk(
  scratch: ScratchRepository,
  { differing }: Survey,
  staged: string
): Promise<string> {
  if (differing.length === 0) return staged
  const input = Buffer.from(differing.map((path) => `${path}\0`).join(''), 'latin1')
  await scratch.git(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { input })
  const [tree, status] = await Promise.all([
    scratch.git(['write-tree', '--missing-ok']),
    scratch.git(STATUS_COMMAND)
  ])
  const { changed, untracked } = parseStatus(status)
  if (changed.length + untracked.length > 0) throw new Error('somebody is writing in it')
  return tree.trim()
}

interface Parts {
  readonly staged: string
  readonly onDisk: string
  readonly record: string
}

/** One tree with all of it; blobs of conflicts are only named, so that they stay. */
async function writeTree(scratch: ScratchRepository, { entries }: Survey, parts: Parts): Promise<string> {
  const record = (await scratch.git(['hash-object', '-w', '--stdin'], { input: parts.record })).trim()
  const conflicts = entries.filter(({ stage }) => stage > 0)
  const lines = [
    `040000 tree ${parts.onDisk}\t${WORKTREE_TREE}`,
    `040000 tree ${parts.staged}\tindex`,
    `100644 blob ${record}\t${RECORD}`
  ]
  if (conflicts.length > 0) lines.push(`040000 tree ${await writeConflicts(scratch, conflicts)}\tconflicts`)
  return (await scratch.git(['mktree'], { input: `${lines.join('\n')}\n` })).trim()
}

async function writeConflicts(scratch: ScratchRepository, conflicts: readonly IndexEntry[]): Promise<string> {
  const blobs = new Set(conflicts.map(({ object }) => `100644 blob ${object}\t${object}`))
  return (await scratch.git(['mktree', '--missing'], { input: `${[...blobs].join('\n')}\n` })).trim()
}

async function writeCommit(
  scratch: ScratchRepository,
  tree: string,
  parents: readonly string[],
  { path, run }: RescuePlace
): Promise<string> {
  const message = `Rescue of ${path} by the pass ${run}`
  const args = parents.flatMap((parent) => ['-p', parent])
  return (await scratch.git(['commit-tree', tree, ...args, '-m', message])).trim()
}

/** Finds every object again that only the rescue names. */
async function verify({ gitDir }: WorkPlaces, commit: string, parents: readonly string[]): Promise<void> {
  await git(['rev-list', '--objects', '--quiet', commit, '--not', ...parents], { gitDir })
}
