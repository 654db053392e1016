import { accessSync, constants, readdirSync, statfsSync, statSync } from 'node:fs'
import type { DirectoryFacts } from '../../domain/doctor/check-directories.ts'
import type { SpaceFacts } from '../../domain/doctor/check-disk.ts'
import { errnoOf, isMissing } from '../file-error.ts'

/** What is at the path of a directory; the path itself may be a link. */
export function readDirectoryFacts(path: string): DirectoryFacts {
  try {
    const stats = statSync(path)
    if (!stats.isDirectory()) return { path, kind: 'unusable', why: 'is not a directory' }
    // Listing it shows whether it can be read at all.
    readdirSync(path)
    const { uid: owner, dev: device } = stats
    return { path, kind: 'directory', owner, mode: stats.mode & 0o7777, device, writable: isWritable(path) }
  } catch (error) {
    if (isMissing(error)) return { path, kind: 'absent' }
    return { path, kind: 'unusable', why: `cannot be read (${errnoOf(error)})` }
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What this user may still write at a path. */
export function readSpace(name: string, path: string): SpaceFacts {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(path)
    return { name, kind: 'known', freeBytes: bavail * bsize, freeFiles: files === 0 ? null : ffree }
  } catch (error) {
    return { name, kind: 'unknown', why: String(errnoOf(error)) }
  }
}
