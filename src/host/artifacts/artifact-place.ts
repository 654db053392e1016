import { readdirSync } from 'node:fs'
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
  /** What is mounted somewhere below it. */
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
    return { directory, path, ground: { device: directory.self().dev, mounts, refuse } }
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
    const why = orClose(opened, () => foreign(ground, below, opened.self().dev))
    if (why === null && below.split('/').length < MAX_DEPTH) return { directory: opened, path: below, ground }
    opened.close()
    ground.refuse({ path: below, why: why ?? 'is nested too deeply' })
    return undefined
  })
}

/** Why something is not on the root's own file system, as the end of a sentence; null when it is. */
export function foreign({ device, mounts }: Ground, path: string, itsDevice: number): string | null {
  if (itsDevice === device && !(mounts.size > 0 && mounts.has(path))) return null
  return 'is a mount, which is not crossed'
}

/** Names in bytes as latin1: not every one is UTF-8. */
export function listNames({ directory, path, ground }: ArtifactPlace): string[] {
  return attempt(path, ground.refuse, () => readdirSync(`${directory.path}/.`, 'latin1')) ?? []
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
