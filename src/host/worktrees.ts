import { lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Fact, known, type Repo, unknown } from '../domain/fact.ts'
import { parseDirectoryName } from '../domain/names.ts'
import type { Usage, Worktree } from '../domain/state.ts'
import type { CacheRoot } from './cache-root.ts'
import { unlessMissing } from './file-error.ts'
import { mountWithin, readMountPoints } from './mounts.ts'
import { readUsers, type Users } from './processes.ts'
import { readGitFacts } from './worktree-git.ts'

/** What one pass reads once and looks at for every worktree. */
interface Surroundings {
  readonly root: CacheRoot
  readonly device: number
  readonly mounts: readonly string[]
  readonly users: Users
  readonly now: number
}

/** A look at every process for each of many removals would take longer than the rest of them. */
const RECENT_MS = 100

/** Looks at one worktree again, with all that can have changed; at the processes as they were a moment ago. */
export function rereadWorktree(root: CacheRoot, agent: string, path: string, now: number): Worktree {
  const found = findPlace(agent, dirname(path), { name: basename(path), exact: true })
  return readWorktree(lookAround(root, [found], now, RECENT_MS), found)
}

/** Every entry two levels below the worktrees' root: agents hold worktrees. */
export function readWorktrees(root: CacheRoot, now: number): Worktree[] {
  const places = listPlaces(root)
  if (places.length === 0) return []
  const surroundings = lookAround(root, places, now)
  return places.map((found) => readWorktree(surroundings, found))
}

/** What stands below an agent's directory, by path. */
export const listPaths = (root: CacheRoot, agent: string): string[] =>
  listNames(join(root.worktrees, agent)).map(({ name }) => join(root.worktrees, agent, name))

function lookAround(root: CacheRoot, places: readonly FoundPlace[], now: number, maxAgeMs = 0): Surroundings {
  const users = readUsers(
    places.flatMap(({ path, place }) => (place === undefined ? [] : { path, ...place })),
    maxAgeMs
  )
  return { root, device: root.directory.self().dev, mounts: readMountPoints(), users, now }
}

interface FoundPlace extends EntryName {
  readonly agent: string
  readonly path: string
  /** Why it is no place to remove from; undefined when it is one. */
  readonly unsafe: string | undefined
  readonly place: { readonly device: number; readonly inode: number } | undefined
}

function listPlaces(root: CacheRoot): FoundPlace[] {
  const agents = listNames(root.worktrees)
  return agents.flatMap((agent) => {
    const path = join(root.worktrees, agent.name)
    const unsafe = whyUnsafe(path, agent)
    if (unsafe !== undefined) return [{ agent: agent.name, ...agent, path, unsafe, place: undefined }]
    return listNames(path).map((entry) => findPlace(agent.name, path, entry))
  })
}

function findPlace(agent: string, parent: string, entry: EntryName): FoundPlace {
  const path = join(parent, entry.name)
  const unsafe = whyUnsafe(path, entry)
  if (unsafe !== undefined) return { agent, ...entry, path, unsafe, place: undefined }
  const { dev: device, ino: inode } = lstatSync(path)
  return { agent, ...entry, path, unsafe, place: { device, inode } }
}

interface EntryName {
  readonly name: string
  /** Whether the name's bytes are those of its text. */
  readonly exact: boolean
}

/** Names in bytes: one that is not UTF-8 has no string that would find it again. */
function listNames(path: string): EntryName[] {
  const names = unlessMissing(() => readdirSync(path, { encoding: 'buffer' }), [])
  return names.map((bytes) => {
    const name = bytes.toString('utf8')
    return { name, exact: Buffer.from(name).equals(bytes) }
  })
}

function whyUnsafe(path: string, { exact }: EntryName): string | undefined {
  if (!exact) return 'Its name is not valid UTF-8: remove it by hand'
  const stats = unlessMissing(() => lstatSync(path), undefined)
  if (stats?.isSymbolicLink()) return 'It is a symbolic link, not a worktree: remove it by hand'
  return stats?.isDirectory() ? undefined : 'It is not a directory: remove it by hand'
}

function readWorktree(around: Surroundings, found: FoundPlace): Worktree {
  const { agent, path, unsafe, place } = found
  if (place === undefined) return noWorktree(found, unsafe ?? 'It is gone')
  const named = parseDirectoryName(found.name, (repo) => hasClone(around.root, repo))
  const facts = readGitFacts(around.root, around.now, path, named, around.users.of(path))
  const foreign = whyForeign(around, found)
  return {
    path,
    agent,
    place: foreign === undefined ? known(true) : unknown('UNSAFE_PATH', foreign),
    ...facts
  }
}

/** Nobody works in what is no directory; of one whose name cannot be written nobody knows. */
function noWorktree({ agent, path, exact }: FoundPlace, why: string): Worktree {
  const fault = unknown('UNSAFE_PATH', why)
  const usage: Fact<Usage | null> = exact ? known(null) : fault
  const facts = { repo: fault, locked: fault, usage, ageMs: fault }
  return { path, agent, place: fault, branch: null, namedBranch: null, ...facts }
}

function whyForeign({ device, mounts }: Surroundings, { place, path }: FoundPlace): string | undefined {
  if (place !== undefined && place.device !== device) return 'It is on another file system'
  const mount = mountWithin(mounts, path)
  return mount === undefined ? undefined : `Something is mounted at ${mount}: unmount it first`
}

function hasClone(root: CacheRoot, { owner, name }: Repo): boolean {
  return unlessMissing(() => lstatSync(root.pathOf(['repos', owner, name])).isDirectory(), false)
}
