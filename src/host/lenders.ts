import { lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Fact, known, unknown } from '../domain/fact.ts'
import type { CacheRoot } from './cache-root.ts'
import { describeError, errnoOf } from './file-error.ts'
import { readRegularFile } from './regular-file.ts'

const MAX_BYTES = 1024 * 1024

/** The object directories that others need, by {@link objectsId}. */
export type Lenders = Fact<ReadonlySet<string>>

/** Which object directory it is, by whatever path; undefined when there is none. */
export function objectsId(gitDir: string): string | undefined {
  const stats = statsOf(join(gitDir, 'objects'))
  return stats && idOf(stats)
}

const idOf = ({ dev, ino }: Stats): string => `${dev}:${ino}`

/**
 * From which repositories others borrow their objects: whatever is one or two levels below `repos`, by any name, bare or
 * not, a link, or with a git directory elsewhere. Unknown as soon as one of them cannot be read.
 */
export function readLenders(root: CacheRoot): Lenders {
  const lenders = new Set<string>()
  const repos = root.pathOf(['repos'])
  for (const owner of listPaths(repos)) {
    for (const path of [owner, ...listPaths(owner)]) {
      try {
        addLenders(path, lenders)
      } catch (error) {
        return unknown('CLONE_UNREADABLE', `What ${path} borrows cannot be told: ${describeError(error)}`)
      }
    }
  }
  return known(lenders)
}

/** None where there is no directory; one that cannot be read is told of by what looks into it. */
function listPaths(directory: string): string[] {
  try {
    return readdirSync(directory).map((name) => join(directory, name))
  } catch {
    return []
  }
}

function addLenders(path: string, lenders: Set<string>): void {
  if (statsOf(path)?.isDirectory() !== true) return
  // Throws where nobody can look into it.
  readdirSync(path)
  const inner = join(path, '.git')
  const pointed = statsOf(inner)?.isFile() === true ? readPointer(path, inner) : undefined
  for (const gitDir of [path, pointed ?? inner]) {
    const own = objectsId(gitDir)
    if (own === undefined) continue
    // Two directories that are one clone: the one is nothing without the other.
    if (pointed !== undefined || [path, inner].some(isLink)) lenders.add(own)
    addBorrowed(join(gitDir, 'objects'), lenders)
  }
}

/** A `.git` file's `gitdir:`; of a worktree, its clone's git directory. */
function readPointer(path: string, file: string): string {
  const to = (text: string) => text.replace(/^gitdir: /, '').trimEnd()
  const gitDir = resolve(path, to(readRegularFile(realpathSync(file), MAX_BYTES).toString('utf8')))
  const common = join(gitDir, 'commondir')
  if (statsOf(common) === undefined) return gitDir
  return resolve(gitDir, to(readRegularFile(common, MAX_BYTES).toString('utf8')))
}

/** Git reads `objects/info/alternates` line by line, and then that of each lender. @throws when a lender is not there */
function addBorrowed(objects: string, lenders: Set<string>): void {
  const waiting = [objects]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const from = realpathSync(at)
    for (const line of readLines(from)) {
      const lender = realpathSync(resolve(from, line))
      const id = idOf(statSync(lender))
      if (!lenders.has(id)) waiting.push(lender)
      lenders.add(id)
    }
  }
}

function readLines(objects: string): string[] {
  const file = join(objects, 'info/alternates')
  if (statsOf(file) === undefined) return []
  const lines = readRegularFile(file, MAX_BYTES).toString('utf8').split('\n').filter(Boolean)
  if (lines.some((line) => /^["#]/.test(line))) throw new Error(`${file} has a line that is no plain path`)
  return lines
}

/** From where a clone borrows objects. */
export const readAlternates = (gitDir: string): string[] => readLines(join(gitDir, 'objects'))

const isLink = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true

/** What a path leads to; undefined when that is nothing. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errnoOf(error) ?? '')) return undefined
    throw error
  }
}
