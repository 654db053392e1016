import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, known, type Repo, type Unknown, unknown } from '../domain/fact.ts'
import { parseRepo } from '../domain/names.ts'
import type { Clone } from '../domain/state.ts'
import type { CacheRoot } from './cache-root.ts'
import { describeError, unlessMissing } from './file-error.ts'
import { type Lenders, objectsId, readLenders } from './lenders.ts'
import { mountWithin, readMountPoints } from './mounts.ts'
import { readUsers, type Users } from './processes.ts'

/** A directory that may be a cache clone. */
interface FoundClone {
  readonly repo: Repo
  readonly path: string
  readonly device: number
  readonly inode: number
  /** Its git directory; undefined when it is no clone. */
  readonly gitDir: string | undefined
}

/** What is read once and looked at for every clone. */
interface Surroundings {
  readonly device: number
  readonly mounts: readonly string[]
  readonly users: Users
  readonly lenders: Lenders
  readonly now: number
}

/** Every directory two levels below `repos` that could be a repo's, in the order of their names. */
export const readClones = (root: CacheRoot, now: number): Clone[] => readFound(root, listClones(root), now)

/** One clone as it is by now, wherever it was moved. @throws when it is gone */
export function rereadClone(root: CacheRoot, repo: Repo, path: string, now: number): Clone {
  const [clone] = readFound(root, findClone(repo, path), now)
  if (clone === undefined) throw new Error('it is gone')
  return clone
}

function readFound(root: CacheRoot, found: readonly FoundClone[], now: number): Clone[] {
  if (found.length === 0) return []
  const around = {
    device: root.directory.self().dev,
    mounts: readMountPoints(),
    users: readUsers(found),
    lenders: readLenders(root),
    now
  }
  return found.map((clone) => readClone(around, clone))
}

function listClones(root: CacheRoot): FoundClone[] {
  const repos = root.pathOf(['repos'])
  return listDirectories(repos).flatMap((owner) =>
    listDirectories(join(repos, owner)).flatMap((name) => {
      const repo = parseRepo(`${owner}/${name}`)
      return repo === undefined ? [] : findClone(repo, join(repos, owner, name))
    })
  )
}

/** Real directories alone: what is behind a link, or cannot be read, is nothing to move. */
function listDirectories(path: string): string[] {
  try {
    if (!lstatSync(path).isDirectory()) return []
    const entries = readdirSync(path, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort()
  } catch {
    return []
  }
}

function findClone(repo: Repo, path: string): FoundClone[] {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return []
  return [{ repo, path, device: stats.dev, inode: stats.ino, gitDir: gitDirOf(path) }]
}

/** A clone's git directory, bare or not; undefined when it is no clone, or keeps that elsewhere. */
export function gitDirOf(path: string): string | undefined {
  const stat = (name: string) => lstatSync(join(path, name), { throwIfNoEntry: false })
  const inner = stat('.git')
  if (inner !== undefined) return inner.isDirectory() ? join(path, '.git') : undefined
  const isBare = stat('HEAD')?.isFile() === true && stat('objects')?.isDirectory() === true
  return isBare ? path : undefined
}

function readClone(around: Surroundings, { repo, path, device, gitDir }: FoundClone): Clone {
  const usage = around.users.of(path)
  const mount = mountWithin(around.mounts, path)
  const borrowed = around.lenders.known && around.lenders.value.has(objectsId(gitDir ?? path) ?? '')
  const why = [
    gitDir === undefined ? 'It is no clone with a git directory of its own' : undefined,
    device === around.device ? undefined : 'It is on another file system',
    mount === undefined ? undefined : `Something is mounted at ${mount}`,
    borrowed ? 'Another repository needs its objects' : undefined,
    around.lenders.known ? undefined : around.lenders.why
  ].find((one) => one !== undefined)
  if (gitDir === undefined || why !== undefined) {
    const fault = unknown('CLONE_UNREADABLE', why ?? '')
    return { path, repo, place: fault, registered: fault, usage, ageMs: fault }
  }
  return {
    path,
    repo,
    place: known(true),
    registered: attempt(() => listNames(join(gitDir, 'worktrees'))[0] ?? null),
    usage,
    ageMs: attempt(() => Math.max(0, around.now - lastFetched(gitDir)))
  }
}

const listNames = (path: string): string[] => unlessMissing(() => readdirSync(path), [])

function attempt<T>(read: () => T): Fact<T> {
  try {
    return known(read())
  } catch (error) {
    return unreadable(error)
  }
}

export const unreadable = (error: unknown): Unknown =>
  unknown('CLONE_UNREADABLE', `It cannot be looked into: ${describeError(error)}`)

/**
 * When the clone was last fetched, or pushed from: the newest of what git writes then. A fetch in a worktree leaves
 * the clone's own `FETCH_HEAD` as it is, but not the branches.
 */
function lastFetched(gitDir: string): number {
  const trees = ['refs/remotes', 'logs/refs/remotes'].flatMap((name) => listAll(join(gitDir, name)))
  const files = [join(gitDir, 'FETCH_HEAD'), join(gitDir, 'packed-refs'), ...trees]
  const times = files.flatMap((file) => lstatSync(file, { throwIfNoEntry: false })?.mtimeMs ?? [])
  return times.length === 0 ? lstatSync(gitDir).mtimeMs : times.reduce((one, other) => Math.max(one, other))
}

/** Everything below a directory, and itself. */
const listAll = (directory: string): string[] =>
  unlessMissing(() => {
    const below = readdirSync(directory, { recursive: true, withFileTypes: true })
    return [directory, ...below.map((entry) => join(entry.parentPath, entry.name))]
  }, [])
