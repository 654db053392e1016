import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Fact, known, type Repo, unknown } from '../domain/fact.ts'
import { parseDirectoryName } from '../domain/names.ts'
import type { Usage, Worktree } from '../domain/state.ts'
import type { CacheRoot } from './cache-root.ts'
import { CloneDoor } from './clone-door.ts'
import { unlessMissing } from './file-error.ts'
import { mountWithin, readMountPoints } from './mounts.ts'
import { readUsers, type Users } from './processes.ts'
import { type GitGround, readGitFacts } from './worktree-git.ts'

/** It is the sessions' affair: who knows of them looks for it. */
const NO_HEARTBEAT = known(null)

/** What one pass reads once and looks at for every worktree. */
interface Surroundings extends GitGround {
  readonly device: number
  readonly mounts: readonly string[]
  readonly users: Users
  readonly hasClone: (repo: Repo) => boolean
}

/** Looks at one worktree again, with all that can have changed. */
export function rereadWorktree(root: CacheRoot, agent: string, path: string, now: number): Worktree {
  const found = findPlace(agent, dirname(path), { name: basename(path), exact: true })
  const [worktree] = readPlaces(root, [found], now)
  if (worktree === undefined) throw new Error(`${path} was not looked at`)
  return worktree
}

/** Every entry two levels below the worktrees' root: agents hold worktrees. */
export function readWorktrees(root: CacheRoot, now: number): Worktree[] {
  const places = listPlaces(root)
  return places.length === 0 ? [] : readPlaces(root, places, now)
}

function readPlaces(root: CacheRoot, places: readonly FoundPlace[], now: number): Worktree[] {
  const door = new CloneDoor(root)
  try {
    const around = lookAround(root, door, places, now)
    return places.map((found) => readWorktree(around, found))
  } finally {
    door.close()
  }
}

/** What stands below an agent's directory, by path. */
export const listPaths = (root: CacheRoot, agent: string): string[] =>
  listNames(join(root.worktrees, agent)).map(({ name }) => join(root.worktrees, agent, name))

function lookAround(
  root: CacheRoot,
  door: CloneDoor,
  places: readonly FoundPlace[],
  now: number
): Surroundings {
  const users = readUsers(
    places.flatMap(({ path, place }) => (place === undefined ? [] : { path, ...place }))
  )
  const device = root.directory.self().dev
  return { root, door, now, device, mounts: readMountPoints(), users, hasClone: cloneFinder(root) }
}

interface FoundPlace extends EntryName {
  readonly agent: string
  readonly path: string
  /** Why it is no place to remove from; undefined when it is one. */
  readonly unsafe: string | undefined
  readonly place: { readonly device: number; readonly inode: number } | undefined
}

function listPlaces(root: CacheRoot): FoundPlace[] {
  return listNames(root.worktrees).flatMap((entry) => {
    const agent = findPlace(entry.name, root.worktrees, entry)
    if (agent.place === undefined) return [agent]
    return listNames(agent.path).map((worktree) => findPlace(agent.name, agent.path, worktree))
  })
}

function findPlace(agent: string, parent: string, entry: EntryName): FoundPlace {
  const path = join(parent, entry.name)
  const stats = entry.exact ? lstatSync(path, { throwIfNoEntry: false }) : undefined
  const unsafe = whyUnsafe(stats, entry)
  const place =
    stats === undefined || unsafe !== undefined ? undefined : { device: stats.dev, inode: stats.ino }
  return { agent, ...entry, path, unsafe, place }
}

interface EntryName {
  readonly name: string
  /** Whether the name's bytes are those of its text. */
  readonly exact: boolean
}

/**
 * Names in bytes: one that is not UTF-8 has no string that would find it again. Sorted, so that worktrees
 * of one clone follow each other.
 */
function listNames(path: string): EntryName[] {
  const names = unlessMissing(() => readdirSync(path, { encoding: 'buffer' }), [])
  return names.sort(Buffer.compare).map((bytes) => {
    const name = bytes.toString('utf8')
    return { name, exact: Buffer.from(name).equals(bytes) }
  })
}

function whyUnsafe(stats: Stats | undefined, { exact }: EntryName): string | undefined {
  if (!exact) return 'Its name is not valid UTF-8: remove it by hand'
  if (stats?.isSymbolicLink()) return 'It is a symbolic link, not a worktree: remove it by hand'
  return stats?.isDirectory() ? undefined : 'It is not a directory: remove it by hand'
}

function readWorktree(around: Surroundings, found: FoundPlace): Worktree {
  const { agent, path, unsafe, place } = found
  if (place === undefined) return noWorktree(found, unsafe ?? 'It is gone')
  const named = parseDirectoryName(found.name, around.hasClone)
  const facts = readGitFacts(around, path, named, around.users.of(path))
  const foreign = whyForeign(around, found)
  return {
    path,
    agent,
    place: foreign === undefined ? known(true) : unknown('UNSAFE_PATH', foreign),
    heartbeatMs: NO_HEARTBEAT,
    ...facts
  }
}

/** Nobody works in what is no directory; of one whose name cannot be written nobody knows. */
function noWorktree({ agent, path, exact }: FoundPlace, why: string): Worktree {
  const fault = unknown('UNSAFE_PATH', why)
  const usage: Fact<Usage | null> = exact ? known(null) : fault
  const facts = { repo: fault, locked: fault, usage, heartbeatMs: NO_HEARTBEAT, ageMs: fault }
  return { path, agent, place: fault, branch: null, namedBranch: null, ...facts }
}

function whyForeign({ device, mounts }: Surroundings, { place, path }: FoundPlace): string | undefined {
  if (place !== undefined && place.device !== device) return 'It is on another file system'
  const mount = mountWithin(mounts, path)
  return mount === undefined ? undefined : `Something is mounted at ${mount}: unmount it first`
}

/** Tells whether a repo has a clone; each is looked for once. */
function cloneFinder(root: CacheRoot): (repo: Repo) => boolean {
  const found = new Map<string, boolean>()
  return ({ owner, name }) => {
    const path = root.pathOf(['repos', owner, name])
    const known = found.get(path)
    if (known !== undefined) return known
    const isThere = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    found.set(path, isThere)
    return isThere
  }
}
