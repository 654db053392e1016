import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import { git } from './git.ts'
import { checkPlain } from './plain-repository.ts'
import type { Head } from './read-head.ts'
import { createRef } from './refs.ts'
import { readRegularFile } from './regular-file.ts'
import { composeRescue, isOnlyHere, type Rescue, verifyRescue } from './rescue.ts'
import { makeRecord } from './rescue-record.ts'
import type { ScratchRepository } from './scratch-repository.ts'
import { stampGitFiles } from './stamp.ts'
import type { Survey } from './survey-work.ts'
import { measureTree, sizeOf, type TreeSize } from './tree-size.ts'
import { lookAt, systemPath } from './walk-directories.ts'
import type { WorkPlaces } from './work-places.ts'

/** A rescue that was made while the worktree stood at its place; nothing of it is in the clone yet. */
interface PreparedRescue {
  readonly rescue: Rescue
  readonly workTree: string
  readonly gitFiles: string
  /** The files that it saves, and what they held. */
  readonly saved: readonly string[]
  readonly contents: string
  readonly pack: string | null
  /** Whether it holds what no remote has. */
  readonly onlyHere: boolean
}

/** What a worktree's files looked like before it was looked into. */
interface Before {
  readonly tree: TreeSize
  readonly gitFiles: { readonly digest: string; readonly newestMs: number }
  /** When the look began, in milliseconds since 1970. */
  readonly at: number
}

/** Stamps a worktree, before it is surveyed. @throws file errors */
export const stampWorktree = (places: WorkPlaces): Before => ({
  at: Date.now(),
  tree: measureTree(places.workTree),
  gitFiles: stampGitFiles(places)
})

/** So much of one worktree is saved early, and so much of all is held in memory. */
const MAX_SAVED_BYTES = 1024 * 1024
const MAX_HELD_BYTES = 32 * 1024 * 1024

/** A change within this time of the one before may carry the same time. */
const SETTLED_MS = 1_000

/**
 * Rescues that are made while a pass waits for Forgejo, so that less is left to do once a worktree was moved aside.
 * They go for nothing when anything moved since. Memory only: a pass that ends leaves nothing behind.
 */
export class PreparedRescues {
  readonly #byPath = new Map<string, PreparedRescue>()
  readonly #settledMs: number
  #heldBytes = 0

  /** @param settledMs how long nothing may have changed before a look, so that each later change shows */
  constructor(settledMs = SETTLED_MS) {
    this.#settledMs = settledMs
  }

  /**
   * Makes the rescue of a worktree that can be saved.
   *
   * @param scratch the one that was surveyed; it keeps its objects to itself
   * @throws GitError and file errors: then it is made when the worktree was moved aside
   */
  async prepare(
    places: WorkPlaces,
    scratch: ScratchRepository,
    survey: Survey,
    head: Head,
    { at, tree, gitFiles }: Before
  ): Promise<void> {
    const { differing, holds, rebuildable } = survey
    if (Math.max(tree.stamp.newestMs, gitFiles.newestMs) > at - this.#settledMs) return
    const contents = digestContents(places.workTree, differing)
    if (contents === null || this.#heldBytes > MAX_HELD_BYTES) return
    const { commit, staged } = await composeRescue(places, scratch, survey, head)
    const pack = await scratch.pack()
    const left = rebuildable.map((name) => ({ name, bytes: sizeOf(places.workTree, name) }))
    const record = makeRecord(survey, tree.modes)
    const rescue = { commit, staged, head: head.commit, record, holds, left, bytes: tree.bytes }
    const onlyHere = isOnlyHere(survey)
    const stamps = { workTree: tree.stamp.digest, gitFiles: gitFiles.digest }
    this.#byPath.set(places.workTree, { rescue, ...stamps, saved: differing, contents, pack, onlyHere })
    this.#heldBytes += (pack?.length ?? 0) + JSON.stringify(record).length
  }

  /**
   * Puts a prepared rescue in place of one made anew, if the worktree that was moved aside is what it was made of: every
   * file with the same change time, each that is saved with the same content, git's own files and what its remotes
   * have as they were.
   *
   * @param places with the worktree at its place in the trash
   * @returns null when there is none, or anything moved
   * @throws GitError and file errors
   */
  async adopt(path: string, places: WorkPlaces, ref: string): Promise<Rescue | null> {
    const prepared = this.#byPath.get(path)
    this.#byPath.delete(path)
    if (prepared === undefined || !isAsItWas(prepared, places)) return null
    const { rescue, pack, onlyHere } = prepared
    const { gitDir } = places
    checkPlain(places)
    try {
      if (pack !== null) await git(['unpack-objects', '-q'], { gitDir, input: Buffer.from(pack, 'latin1') })
      if (onlyHere) await verifyRescue(places, rescue.commit)
    } catch {
      // What it named beside HEAD may have gone from the clone meanwhile.
      return null
    }
    await createRef(gitDir, ref, rescue.commit)
    return rescue
  }
}

/** What of it changed in the last moment before a look, or cannot be read by now, makes it no. */
function isAsItWas({ workTree, gitFiles, saved, contents }: PreparedRescue, places: WorkPlaces): boolean {
  try {
    return (
      stampGitFiles(places).digest === gitFiles &&
      measureTree(places.workTree).stamp.digest === workTree &&
      digestContents(places.workTree, saved) === contents
    )
  } catch {
    return false
  }
}

/**
 * What some files hold. Their times alone do not tell: a file that is mapped into memory can change without.
 *
 * @returns null when it is too much
 */
function digestContents(workTree: string, paths: readonly string[]): string | null {
  const hash = createHash('sha256')
  let bytes = 0
  for (const path of paths) {
    const stats = lookAt(workTree, path)
    bytes += stats?.size ?? 0
    if (bytes > MAX_SAVED_BYTES) return null
    const at = systemPath(workTree, path)
    if (stats?.isSymbolicLink()) hash.update(readlinkSync(at, 'buffer'))
    if (stats?.isFile()) hash.update(readRegularFile(at, MAX_SAVED_BYTES))
    hash.update(`\0${path} ${bytes}\0`, 'latin1')
  }
  return hash.digest('hex')
}
