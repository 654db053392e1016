import { lstatSync, rmdirSync, unlinkSync } from 'node:fs'
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
 * While its directory is the working one: a transcript together with the directory of its id: as old as the newest of their files. The times of
 * the directories themselves do not count: a removal that was cut off would make what is left young.
 */
export function measureSet(found: FoundArtifact, open: OpenFiles): FoundArtifact {
  const { type, entry, modifiedMs, bytes, isOpen, oddity } = found
  if (type !== 'transcript') return found
  const id = entry.slice(0, -'.jsonl'.length)
  if (id.length === 0 || id.toString() === '.' || id.toString() === '..') return found
  const sum = { modifiedMs, bytes, isOpen, oddity }
  try {
    const stats = lstatSync(id, { throwIfNoEntry: false })
    if (stats === undefined || stats.isFile()) return found
    if (typeof id !== 'string') return { ...found, oddity: 'a name that is not UTF-8' }
    if (stats.isDirectory()) addDirectory(found.place, id, open, sum)
    else sum.oddity ??= 'no real directory'
    return { ...found, companion: id, ...sum }
  } catch (error) {
    return { ...found, oddity: `it cannot be read: ${describeError(error)}` }
  }
}

function addDirectory(above: ArtifactPlace, name: string, open: OpenFiles, sum: Sum): void {
  const refuse = ({ why }: { why: string }) => {
    sum.oddity ??= `a directory that ${why}`
  }
  const place = openBelow({ ...above, ground: { ...above.ground, refuse } }, name)
  if (place === undefined) return
  const { dev, ino } = place.directory.self()
  sum.isOpen ||= open.has(dev, ino)
  try {
    for (const names of listNames(place)) for (const raw of names) addEntry(place, systemName(raw), open, sum)
  } finally {
    place.directory.close()
  }
}

function addEntry(place: ArtifactPlace, name: string | Buffer, open: OpenFiles, sum: Sum): void {
  if (typeof name !== 'string') {
    sum.oddity ??= 'a name that is not UTF-8'
    return
  }
  const stats = place.directory.statIfThere(name)
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
    if (directory.mount() !== above.mount()) throw new ChangedError('something was mounted over it')
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
  const stats = directory.statIfThere(name)
  if (stats === undefined) return
  if (stats.isDirectory()) {
    removeDirectory(directory, name, newestMs)
    return
  }
  if (!stats.isFile() || stats.mtimeMs > newestMs) throw new ChangedError('a file in it was written anew')
  unlessMissing(() => unlinkSync(directory.entry(name)), undefined)
}
