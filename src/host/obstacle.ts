import { accessSync, constants, readdirSync } from 'node:fs'
import { formatBytes } from '../domain/summary.ts'
import { GITLINK, type IndexEntry } from './index-listing.ts'
import { type DirectoryNotes, lookAt, readablePath, systemPath } from './walk-directories.ts'

/** A worktree cannot be saved: it holds something that git does not take. */
export class ObstacleError extends Error {
  readonly holds: string

  constructor(holds: string) {
    super(`It holds ${holds}`)
    this.holds = holds
  }
}

/** What no rescue takes, by the directories alone, as one phrase; null when there is nothing. */
export function findStrange({ nested, special }: DirectoryNotes): string | null {
  if (nested[0] !== undefined) return `a nested repository (${readablePath(nested[0])})`
  return special[0] === undefined ? null : `a pipe, socket or device (${readablePath(special[0])})`
}

/** What could keep a worktree from being saved. */
export interface Suspects {
  readonly entries: readonly IndexEntry[]
  readonly differing: readonly string[]
  /** How much a rescue may hold. */
  readonly maxBytes: number
  /** A ref of the worktree's own that names no commit. */
  readonly oddRef: string | null
}

/** Why a worktree cannot be saved, as one phrase that names the file; null when it can. */
export function findObstacle(
  workTree: string,
  { entries, differing, maxBytes, oddRef }: Suspects
): string | null {
  if (oddRef !== null) return `a ref of its own that names no commit (${oddRef})`
  const submodule = entries.find(({ mode, path }) => mode === GITLINK && isFilled(workTree, path))
  if (submodule !== undefined) return `a submodule (${readablePath(submodule.path)})`
  return findLargeOrUnreadable(workTree, differing, maxBytes)
}

/** Git does not tell of files where a submodule would be. */
const isFilled = (workTree: string, path: string): boolean =>
  lookAt(workTree, path)?.isDirectory() === true && readdirSync(systemPath(workTree, path)).length > 0

function findLargeOrUnreadable(
  workTree: string,
  differing: readonly string[],
  maxBytes: number
): string | null {
  let bytes = 0
  let largest = { path: '', size: 0 }
  for (const path of differing) {
    const stats = lookAt(workTree, path)
    if (stats === undefined) continue
    if (stats.isFile() && !isReadable(systemPath(workTree, path)))
      return `a file that cannot be read (${readablePath(path)})`
    bytes += stats.size
    if (stats.size > largest.size) largest = { path, size: stats.size }
  }
  if (bytes <= maxBytes) return null
  const most = `${readablePath(largest.path)} with ${formatBytes(largest.size)}`
  return `${formatBytes(bytes)} of files that no remote has, more than a rescue may hold (the largest is ${most})`
}

function isReadable(path: string | Buffer): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
