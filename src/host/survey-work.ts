import { setImmediate as turn } from 'node:timers/promises'
import { isCacheDirectory, isLocalSettings, isOutputDirectory, isRebuildable } from '../domain/rebuildable.ts'
import { type AdminFile, readAdminFiles } from './admin-files.ts'
import { readCloneSettings } from './clone-settings.ts'
import { mayConvert } from './conversions.ts'
import { splitNul } from './git.ts'
import { type GitStatus, parseStatus, STATUS_COMMAND } from './git-status.ts'
import { describeHoldings } from './holdings.ts'
import { type IndexEntry, LIST_COMMAND, parseListing } from './index-listing.ts'
import { findObstacle, findStrange, ObstacleError } from './obstacle.ts'
import { findOnlyHere, type OnlyHere } from './only-here.ts'
import type { ScratchRepository } from './scratch-repository.ts'
import { type DirectoryNotes, listFiles, lookAt, walkDirectories } from './walk-directories.ts'
import type { WorkPlaces } from './work-places.ts'

/** What a worktree holds, all of it: what a rescue saves, and what keeps it from being saved. */
export interface Survey {
  readonly files: readonly AdminFile[]
  readonly onlyHere: OnlyHere
  readonly status: GitStatus
  /** The index; none when all of it is plain files and links, unmarked. */
  readonly entries: readonly IndexEntry[]
  /** Whether the staged tree tells all of the index, or only its file does; `none` when there is none. */
  readonly index: 'staged' | 'file' | 'none'
  /** What on disk differs from the index: changed, untracked, ignored but made by no build. */
  readonly differing: readonly string[]
  /** What of the index is not on disk, or was never laid out (a sparse checkout). */
  readonly gone: readonly string[]
  /** Ignored paths that a build makes anew: they are not saved. */
  readonly rebuildable: readonly string[]
  readonly directories: DirectoryNotes
  /** What no remote has, as one phrase; null when a remote has all. */
  readonly holds: string | null
  /** Why it cannot be saved, as one phrase; null when it can. */
  readonly obstacle: string | null
}

/**
 * Looks for what git would not give back once the worktree is gone. Runs nothing that the checkout
 * configures and writes nothing below the cache directory.
 *
 * @param scratch a repository of our own around it; its index is brought to where it tells of every file
 * @param maxBytes how much a rescue may hold
 * @param files the worktree's own git files
 * @throws ObstacleError for what no rescue takes, by the directories alone; GitError and file errors: then nobody knows what it holds
 */
export async function surveyWork(
  places: WorkPlaces,
  scratch: ScratchRepository,
  maxBytes: number,
  files: readonly AdminFile[] = readAdminFiles(places.admin)
): Promise<Survey> {
  const isOrdinary = scratch.hasOrdinaryIndex()
  const [directories, answers] = await walkMeanwhile(places.workTree, (cancelSignal) =>
    Promise.all([
      scratch.git(STATUS_COMMAND, { cancelSignal }),
      isOrdinary ? [] : listIndex(scratch),
      findOnlyHere(places, files),
      readCloneSettings(places.gitDir)
    ])
  )
  const [first, listed, onlyHere, settings] = answers
  const shown = await showHidden(scratch, places.workTree, listed)
  const status = parseStatus(shown ? await scratch.git(STATUS_COMMAND) : first)
  const converts = mayConvert(places, directories.attributes, status, settings.convert)
  const entries = converts && isOrdinary ? await listIndex(scratch) : listed
  const converted = converts ? await findConverted(scratch, entries) : []
  const ignored = splitIgnored(places.workTree, status.ignored)
  const absent = entries.filter(({ skipWorktree, path }) => skipWorktree && !exists(places.workTree, path))
  const gone = new Set([...status.deleted, ...absent.map(({ path }) => path)])
  const paths = [...status.changed, ...converted, ...status.untracked, ...ignored.saved]
  const differing = [...new Set(paths)].filter((path) => !gone.has(path))
  const holds = describeHoldings({ files, onlyHere, status, ignored: ignored.saved })
  const suspects = {
    entries,
    differing,
    maxBytes,
    oddRef: onlyHere.oddRef,
    mirrors: holds === null ? null : settings.mirrors
  }
  return {
    files,
    onlyHere,
    status,
    entries,
    index: judgeIndex(files, entries),
    differing,
    gone: [...gone],
    rebuildable: ignored.rebuildable,
    directories,
    holds,
    obstacle: findObstacle(places.workTree, suspects)
  }
}

/**
 * Reads the directories while git looks at the files, each as long as the other. A pipe called `.gitignore`
 * would hold git up for ever: what no rescue takes ends its look.
 */
async function walkMeanwhile<T>(
  workTree: string,
  ask: (cancelSignal: AbortSignal) => Promise<T>
): Promise<[DirectoryNotes, T]> {
  const cancellation = new AbortController()
  const asked = ask(cancellation.signal)
  try {
    return await Promise.all([walk(workTree), asked])
  } catch (error) {
    cancellation.abort()
    await asked.catch(() => {})
    throw error
  }
}

async function walk(workTree: string): Promise<DirectoryNotes> {
  // It holds up this process: git is started before.
  await turn()
  const directories = walkDirectories(workTree)
  const strange = findStrange(directories)
  if (strange !== null) throw new ObstacleError(strange)
  return directories
}

const listIndex = async (scratch: ScratchRepository): Promise<readonly IndexEntry[]> =>
  parseListing(await scratch.git(LIST_COMMAND))

const exists = (workTree: string, path: string): boolean => lookAt(workTree, path) !== undefined

/** A conflict, a mark on an entry, or one that is only meant to be added: no tree can tell these. */
function judgeIndex(files: readonly AdminFile[], entries: readonly IndexEntry[]): Survey['index'] {
  const index = files.find(({ path }) => path === 'index')
  if (index === undefined) return 'none'
  const isMarked = entries.some(({ stage, assumeUnchanged }) => stage > 0 || assumeUnchanged)
  // From version 3 on entries have room for further marks; git writes 2 where none has any.
  return isMarked || index.content.readUInt32BE(4) > 2 ? 'file' : 'staged'
}

/**
 * Takes the marks off files that git would not look at, though they may have changed. A file that a
 * sparse checkout left out keeps its own.
 *
 * @returns whether there were any
 */
async function showHidden(
  scratch: ScratchRepository,
  workTree: string,
  entries: readonly IndexEntry[]
): Promise<boolean> {
  const assumed = entries.filter(({ assumeUnchanged }) => assumeUnchanged)
  const skipped = entries.filter(({ skipWorktree, path }) => skipWorktree && exists(workTree, path))
  const marks = [
    ['--no-assume-unchanged', assumed],
    ['--no-skip-worktree', skipped]
  ] as const
  for (const [option, marked] of marks) {
    if (marked.length === 0) continue
    const input = Buffer.from(marked.map(({ path }) => `${path}\0`).join(''), 'latin1')
    await scratch.git(['update-index', option, '-z', '--stdin'], { input })
  }
  return assumed.length + skipped.length > 0
}

/** The files whose bytes are not those of their index entry, whatever git converted on the way. */
async function findConverted(scratch: ScratchRepository, entries: readonly IndexEntry[]): Promise<string[]> {
  await scratch.rebuildIndex(entries)
  await scratch.git(['update-index', '-q', '--refresh'], { alsoOk: [1] })
  const diff = ['diff-files', '-z', '--name-only', '--no-renames', '--ignore-submodules=all']
  return splitNul(await scratch.git(diff))
}

/** What of the ignored paths is to be saved, file by file, and what a build makes anew. */
function splitIgnored(workTree: string, ignored: readonly string[]) {
  const saved: string[] = []
  const rebuildable: string[] = []
  const note = (file: string) => void (isRebuildable(file) ? rebuildable : saved).push(file)
  for (const path of ignored) {
    const directory = path.slice(0, -1)
    if (!path.endsWith('/')) note(path)
    else if (isCacheDirectory(directory)) rebuildable.push(path)
    else if (isOutputDirectory(directory)) {
      rebuildable.push(path)
      saved.push(...listFiles(workTree, directory).filter(isLocalSettings))
    } else listFiles(workTree, directory).forEach(note)
  }
  return { saved, rebuildable }
}
