import { resolve } from 'node:path'
import type { Repo } from '../domain/fact.ts'
import { parseRepo } from '../domain/names.ts'
import type { CacheRoot } from './cache-root.ts'
import { CloneDoor } from './clone-door.ts'
import type { Directory } from './directory.ts'

/** Where a cache clone keeps what it knows of a worktree: below the cache root, by names. */
export interface Registration {
  readonly repo: Repo
  /** The names from the cache root to the clone's git directory, bare or not. */
  readonly gitDir: readonly string[]
  /** The admin directory's name: not always the worktree's own. */
  readonly id: string
}

/** The worktree and its clone do not name each other: git cannot be asked about it. */
export class RegistrationError extends Error {
  readonly code = 'REGISTRATION_DAMAGED'
}

/** The names from the cache root to a registration's admin directory. */
export const adminNames = ({ gitDir, id }: Registration): readonly string[] => [...gitDir, 'worktrees', id]

/**
 * Follows a worktree's `.git` file to its admin directory and back, without git and without
 * following a link: inside the cache root, in the clone that its path names, pointing back to this
 * very worktree.
 *
 * @param worktree the opened worktree
 * @param path its path below the real cache root
 * @throws RegistrationError
 */
export function readRegistration(root: CacheRoot, worktree: Directory, path: string): Registration {
  const door = new CloneDoor(root)
  try {
    const { registration, admin } = openRegistration(root, door, worktree, path)
    admin.close()
    return registration
  } finally {
    door.close()
  }
}

/** The same, with the admin directory left open. @throws RegistrationError */
export function openRegistration(
  root: CacheRoot,
  door: CloneDoor,
  worktree: Directory,
  path: string
): { registration: Registration; admin: Directory } {
  const gitFile = readOr(worktree, '.git', 'it has no .git file')
  const target = /^gitdir: (.+)\n*$/.exec(gitFile)?.[1]
  if (target === undefined) throw new RegistrationError('Its .git file names no directory')
  const registration = parseAdminPath(root.namesOf(resolve(path, target)))
  if (registration === undefined) {
    throw new RegistrationError('Its .git file points outside the cache clones')
  }
  const admin = openAdmin(door, registration)
  try {
    checkBackLink(root, admin, registration, path)
    return { registration, admin }
  } catch (error) {
    admin.close()
    throw error
  }
}

function openAdmin(door: CloneDoor, registration: Registration): Directory {
  try {
    return door.openAdmin(registration)
  } catch (error) {
    throw new RegistrationError('Its registration in the cache clone is gone or no plain directory', {
      cause: error
    })
  }
}

function parseAdminPath(names: readonly string[] | undefined): Registration | undefined {
  const [repos, owner = '', name = '', ...rest] = names ?? []
  const repo = parseRepo(`${owner}/${name}`)
  const below = rest[0] === '.git' ? rest.slice(1) : rest
  const [worktrees, id] = below
  if (repos !== 'repos' || repo === undefined || worktrees !== 'worktrees') return undefined
  if (id === undefined || below.length !== 2) return undefined
  const inner = rest[0] === '.git' ? ['.git'] : []
  return { repo, gitDir: ['repos', owner, name, ...inner], id }
}

function checkBackLink(root: CacheRoot, admin: Directory, registration: Registration, path: string): void {
  const adminPath = root.pathOf(adminNames(registration))
  const back = readOr(admin, 'gitdir', 'its registration does not point back').trimEnd()
  const names = root.namesOf(resolve(adminPath, back))
  if (names === undefined || root.pathOf(names) !== `${path}/.git`) {
    throw new RegistrationError('Its registration in the cache clone belongs to another worktree')
  }
  if (readOr(admin, 'commondir', 'its registration names no clone').trimEnd() !== '../..') {
    throw new RegistrationError('Its registration belongs to another repository')
  }
}

function readOr(directory: Directory, name: string, otherwise: string): string {
  try {
    return directory.readSmallFile(name)
  } catch (error) {
    throw new RegistrationError(`Its registration is damaged: ${otherwise}`, { cause: error })
  }
}
