import { type Dir, opendirSync } from 'node:fs'
import { Directory } from '../directory.ts'
import { describeError, errnoOf, isMissing } from '../file-error.ts'
import { readMountPoints } from '../mounts.ts'
import type { MatchedDirectory, Refusal } from './match-directories.ts'

/** A directory of artifacts that is held open, and where it is. */
export interface ArtifactPlace {
  readonly directory: Directory
  /** For people, and to be compared with mount points. */
  readonly path: string
  readonly ground: Ground
}

/** What is common to all below one home or log directory. */
interface Ground {
  readonly device: number
  /** The mount that it is on, by the kernel's number; undefined where the kernel does not tell. */
  readonly mount: string | undefined
  /** What is mounted somewhere below it: files, too, can be. */
  readonly mounts: ReadonlySet<string>
  readonly refuse: (refusal: Refusal) => void
}

/** More than any tool nests; each level is held open. */
const MAX_DEPTH = 200

/** Opens a home or a log directory, each name from its base on a real directory. Undefined when that is refused. */
export function openRoot(
  { base, names, path }: MatchedDirectory,
  refuse: Ground['refuse']
): ArtifactPlace | undefined {
  return attempt(path, refuse, () => {
    const above = Directory.open(base)
    const directory = orClose(above, () => above.open(...names))
    above.close()
    const mounts = new Set(readMountPoints().filter((point) => point.startsWith(`${path}/`)))
    const ground = { device: directory.self().dev, mount: directory.mount(), mounts, refuse }
    return { directory, path, ground }
  })
}

/** Opens a directory below a place; undefined when it is not there, or refused. */
export function openBelow(
  { directory, path, ground }: ArtifactPlace,
  name: string
): ArtifactPlace | undefined {
  const below = `${path}/${name}`
  return attempt(below, ground.refuse, () => {
    const opened = directory.open(name)
    const why = orClose(opened, () => foreignDirectory(ground, below, opened))
    if (why === null && below.split('/').length < MAX_DEPTH) return { directory: opened, path: below, ground }
    opened.close()
    ground.refuse({ path: below, why: why ?? 'is nested too deeply' })
    return undefined
  })
}

/** The mount's number tells also of what was mounted while the pass went on, and of a bind mount. */
const foreignDirectory = (ground: Ground, path: string, directory: Directory): string | null =>
  directory.mount() === ground.mount ? foreign(ground, path, directory.self().dev) : NOT_CROSSED

const NOT_CROSSED = 'is a mount, which is not crossed'

/** Why something is not on the root's own file system, as the end of a sentence; null when it is. */
export function foreign({ device, mounts }: Ground, path: string, itsDevice: number): string | null {
  if (itsDevice === device && !(mounts.size > 0 && mounts.has(path))) return null
  return NOT_CROSSED
}

/** So many entries are gone through before anything else, a signal say, has its turn. */
const BATCH = 1000

/**
 * The names in a directory, in bytes as latin1: not every one is UTF-8. They are read as they are asked
 * for, so that a million take no more memory than these.
 */
export function* listNames({ directory, path, ground }: ArtifactPlace): Generator<readonly string[]> {
  const options = { encoding: 'latin1', bufferSize: BATCH } as const
  const listing = attempt(path, ground.refuse, () => opendirSync(`${directory.path}/.`, options))
  if (listing === undefined) return
  try {
    for (;;) {
      const names = attempt(path, ground.refuse, () => nextNames(listing)) ?? []
      if (names.length === 0) return
      yield names
    }
  } finally {
    listing.closeSync()
  }
}

function nextNames(listing: Dir): string[] {
  const names: string[] = []
  while (names.length < BATCH) {
    const entry = listing.readSync()
    if (entry === null) break
    names.push(entry.name)
  }
  return names
}

/** A name that was read as latin1, as the system calls take it: as text where it is UTF-8, else in bytes. */
export function systemName(name: string): string | Buffer {
  if (isAscii(name)) return name
  const bytes = Buffer.from(name, 'latin1')
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : bytes
}

function isAscii(name: string): boolean {
  for (let at = 0; at < name.length; at += 1) if (name.charCodeAt(at) > 127) return false
  return true
}

/** What is gone is no error; a link, and what cannot be read, is told. */
export function attempt<T>(path: string, refuse: Ground['refuse'], open: () => T): T | undefined {
  try {
    return open()
  } catch (error) {
    // A link that O_NOFOLLOW meets beside O_DIRECTORY is "no directory".
    if (errnoOf(error) === 'ENOTDIR' || errnoOf(error) === 'ELOOP')
      refuse({ path, why: 'is no real directory, and links are not followed' })
    else if (!isMissing(error)) refuse({ path, why: `cannot be read: ${describeError(error)}` })
    return undefined
  }
}

function orClose<T>(directory: Directory, use: () => T): T {
  try {
    return use()
  } catch (error) {
    directory.close()
    throw error
  }
}
