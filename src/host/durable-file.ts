import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync
} from 'node:fs'
import { dirname } from 'node:path'

interface Ownership {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** The whole, or pieces of it that are made while they are written. */
type Content = string | Uint8Array | Iterable<string, void>

/**
 * Replaces a file so that after a crash either the old or the new content is there, whole.
 *
 * @param temporary a path beside it that nobody else uses
 * @param stillValid asked last thing before the rename; false leaves the old file
 * @returns whether the file was replaced
 */
export function replaceFile(path: string, text: Content, options: ReplaceOptions): boolean {
  const { temporary, ownership } = options
  try {
    writeWhole(temporary, text, ownership)
    if (!isStillValid(options)) {
      rmSync(temporary)
      return false
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
  return true
}

export interface ReplaceOptions {
  readonly temporary: string
  readonly ownership?: Ownership
  readonly stillValid?: () => boolean
}

/**
 * What another process writes between the last look and the rename is lost. Code takes about eight times as
 * long when it runs for the first time, so both run once before it counts: a rename to itself does nothing.
 */
function isStillValid({ temporary, stillValid }: ReplaceOptions): boolean {
  if (stillValid === undefined) return true
  renameSync(temporary, temporary)
  return stillValid() && stillValid()
}

function writeWhole(path: string, text: Content, ownership: Ownership | undefined): void {
  const file = openSync(path, 'w', 0o600)
  try {
    for (const piece of piecesOf(text)) writeAll(file, typeof piece === 'string' ? Buffer.from(piece) : piece)
    if (ownership !== undefined) {
      const { uid, gid } = fstatSync(file)
      // The service of the system may not change owners, not even to what they are.
      if (uid !== ownership.uid || gid !== ownership.gid) fchownSync(file, ownership.uid, ownership.gid)
      fchmodSync(file, ownership.mode & 0o7777)
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

const piecesOf = (text: Content): Iterable<string | Uint8Array> =>
  typeof text === 'string' || text instanceof Uint8Array ? [text] : text

/** Writes every byte: one write may take only a part of them. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
}

/** Makes renames, creations and removals in a directory outlive a loss of power. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
