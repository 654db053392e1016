import { lstatSync, unlinkSync } from 'node:fs'
import type { ArtifactRemoval } from '../../domain/outcome.ts'
import { describeError, errnoOf } from '../file-error.ts'
import type { FoundArtifact } from './read-artifacts.ts'
import { ChangedError, removeCompanion } from './transcript-set.ts'

/** Made once: there is one for each file of a tree. */
const REMOVED: ArtifactRemoval = { kind: 'removed' }
const GONE: ArtifactRemoval = { kind: 'gone' }
const IN_USE: ArtifactRemoval = { kind: 'in-use' }

/**
 * Removes an artifact that was just looked at, while its batch is gone through: of a set the directory
 * first, so that a transcript is left that leads the next pass to the rest.
 */
export function removeArtifact(found: FoundArtifact): ArtifactRemoval {
  try {
    if (found.companion !== null) {
      removeCompanion(found)
      if (isOther(found)) return IN_USE
    }
    unlinkSync(found.entry)
    return REMOVED
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return GONE
    if (error instanceof ChangedError) return IN_USE
    return { kind: 'failed', why: describeError(error) }
  }
}

/** Whether the session was resumed meanwhile: the directory takes longer than a file. */
function isOther({ entry, inode, modifiedMs }: FoundArtifact): boolean {
  const stats = lstatSync(entry)
  return stats.ino !== inode || stats.mtimeMs > modifiedMs
}
