import { rmdirSync, type Stats, unlinkSync } from 'node:fs'
import type { Directory } from '../directory.ts'
import { describeError, errnoOf, unlessMissing } from '../file-error.ts'
import { type ArtifactPlace, foreign, listNames, openBelow, systemName } from './artifact-place.ts'
import type { OpenFiles } from './open-files.ts'
import type { FoundArtifact } from './read-artifacts.ts'

/** Somebody wrote into the directory of a transcript while it was being removed. */
export class ChangedError extends Error {}

/** What the files below a directory come to. */
interface Sum {
  modifiedMs: number
  bytes: number
  isOpen: boolean
  oddity: string | null
}

const BLOCK = 512

/**
 * A transcript together with the directory of its id: as old as the newest of their files. The times of
 * the directories themselves do not count: a removal that was cut off would make what is left young.
 */
export function measureSet(found: FoundArtifact, open: OpenFiles): FoundArtifact {
  const { companion, modifiedMs, bytes, isOpen, oddity } = found
  const name = companion === null ? undefined : systemName(companion)
  if (name === undefined) return found
  if (typeof name !== 'string') return { ...found, oddity: 'a name that is not UTF-8' }
  const sum = { modifiedMs, bytes, isOpen, oddity }
  try {
    return addCompanion(found, name, open, sum)
  } catch (error) {
    return { ...found, oddity: `it cannot be read: ${describeError(error)}` }
  }
}

function addCompanion(found: FoundArtifact, name: string, open: OpenFiles, sum: Sum): FoundArtifact {
  const { place } = found
  const stats = unlessMissing(() => place.directory.stat(name), undefined)
  if (stats === undefined || stats.isFile()) return { ...found, companion: null }
  if (stats.isDirectory()) addDirectory(place, name, open, sum)
  else sum.oddity ??= 'no real directory'
  return { ...found, companion: name, ...sum }
}

function addDirectory(above: ArtifactPlace, name: string, open: OpenFiles, sum: Sum): void {
  const refuse = ({ why }: { why: string }) => {
    sum.oddity ??= `a directory that ${why}`
  }
  const place = openBelow({ ...above, ground: { ...above.ground, refuse } }, name)
  if (place === undefined) return
  const { dev, ino } = place.directory.self()
  sum.isOpen ||= open.has(dev, ino)
  for (const raw of listNames(place)) addEntry(place, systemName(raw), open, sum)
  place.directory.close()
}

function addEntry(place: ArtifactPlace, name: string | Buffer, open: OpenFiles, sum: Sum): void {
  if (typeof name !== 'string') {
    sum.oddity ??= 'a name that is not UTF-8'
    return
  }
  const stats = unlessMissing(() => place.directory.stat(name), undefined)
  if (stats === undefined) return
  if (stats.isDirectory()) {
    addDirectory(place, name, open, sum)
    return
  }
  if (!stats.isFile()) sum.oddity ??= 'a link, pipe, socket or device'
  sum.oddity ??= foreign(place.ground, `${place.path}/${name}`, stats.dev)
  sum.isOpen ||= open.has(stats.dev, stats.ino)
  sum.modifiedMs = Math.max(sum.modifiedMs, stats.mtimeMs)
  sum.bytes += stats.nlink > 1 ? 0 : stats.blocks * BLOCK
}

/**
 * Removes the directory of a transcript with all in it, which must be plain files no newer than was measured.
 *
 * @throws ChangedError when something is new
 */
export function removeCompanion({ place, companion, modifiedMs }: FoundArtifact): void {
  if (companion !== null) removeDirectory(place.directory, companion, modifiedMs)
}

function removeDirectory(above: Directory, name: string, newestMs: number): void {
  const directory = unlessMissing(() => above.open(name), undefined)
  if (directory === undefined) return
  try {
    for (const entry of directory.list()) removeEntry(directory, entry, newestMs)
  } finally {
    directory.close()
  }
  try {
    rmdirSync(above.entry(name))
  } catch (error) {
    if (errnoOf(error) === 'ENOTEMPTY') throw new ChangedError('a new file came into it')
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}

function removeEntry(directory: Directory, name: string, newestMs: number): void {
  const stats: Stats | undefined = unlessMissing(() => directory.stat(name), undefined)
  if (stats === undefined) return
  if (stats.isDirectory()) {
    removeDirectory(directory, name, newestMs)
    return
  }
  if (!stats.isFile() || stats.mtimeMs > newestMs) throw new ChangedError('a file in it was written anew')
  unlessMissing(() => unlinkSync(directory.entry(name)), undefined)
}
