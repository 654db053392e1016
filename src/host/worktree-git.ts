import { type Fact, known, type Unknown, unknown } from '../domain/fact.ts'
import type { DirectoryName } from '../domain/names.ts'
import type { Usage, Worktree } from '../domain/state.ts'
import { MINUTE } from '../domain/time.ts'
import type { CacheRoot } from './cache-root.ts'
import type { CloneDoor } from './clone-door.ts'
import { Directory } from './directory.ts'
import { errnoOf, unlessMissing } from './file-error.ts'
import { openRegistration, RegistrationError } from './registration.ts'

/** A git command that is at work holds its lock; one this old was left behind. */
const LOCK_FILE_AGE = 10 * MINUTE
const LOCK_FILES = ['index.lock', 'HEAD.lock'] as const

type GitFacts = Omit<Worktree, 'path' | 'agent' | 'place' | 'heartbeatMs'>

/** What the worktrees of one pass are looked at with. */
export interface GitGround {
  readonly root: CacheRoot
  readonly door: CloneDoor
  readonly now: number
}

/** Reads a worktree's git files without git. What a damaged registration cannot tell is unknown. */
export function readGitFacts(
  { root, door, now }: GitGround,
  path: string,
  named: DirectoryName | undefined,
  usage: Fact<Usage | null>
): GitFacts {
  const worktree = Directory.open(path)
  try {
    const { registration, admin } = openRegistration(root, door, worktree, path)
    try {
      const { branch, lockFile, ...facts } = readAdmin(now, admin, worktree)
      const namedBranch = named?.branch ?? null
      return {
        ...facts,
        repo: known(registration.repo),
        branch: branch ?? namedBranch,
        namedBranch,
        usage: usage.known && usage.value === null ? known(lockFile) : usage
      }
    } finally {
      admin.close()
    }
  } catch (error) {
    return damagedFacts(now, worktree, named, usage, error)
  } finally {
    worktree.close()
  }
}

/** Git's own files cannot be read: the directory name tells what it was, nothing tells whether it is locked. */
function damagedFacts(
  now: number,
  worktree: Directory,
  named: DirectoryName | undefined,
  usage: Fact<Usage | null>,
  error: unknown
): GitFacts {
  const why =
    error instanceof RegistrationError ? error.message : `Its git files cannot be read (${errnoOf(error)})`
  const fault: Unknown = unknown('REGISTRATION_DAMAGED', `${why}: look at it by hand`)
  const branch = named?.branch ?? null
  const repo = named === undefined ? fault : known(named.repo)
  const ageMs = known(Math.max(0, now - worktree.self().mtimeMs))
  return { repo, branch, namedBranch: branch, locked: fault, usage, ageMs }
}

function readAdmin(now: number, admin: Directory, worktree: Directory) {
  const mtime = (name: string) => admin.statIfThere(name)?.mtimeMs
  const times = [worktree.self().mtimeMs, mtime('index'), logTime(admin)]
  const newest = Math.max(...times.filter((time) => time !== undefined))
  const isFresh = (name: string) => now - (mtime(name) ?? Number.NEGATIVE_INFINITY) < LOCK_FILE_AGE
  const lockFile = LOCK_FILES.find(isFresh) ?? null
  const locked = ifThere(admin, 'locked', () => admin.readSmallFile('locked').trim()) ?? null
  const ageMs = known(Math.max(0, now - newest))
  return { branch: readBranch(admin), locked: known(locked), lockFile, ageMs }
}

/** Reads what is seldom there. It may go meanwhile, but to try it each time costs an error each time. */
const ifThere = <T>(admin: Directory, name: string, read: () => T): T | undefined =>
  admin.statIfThere(name) === undefined ? undefined : unlessMissing(read, undefined)

function logTime(admin: Directory): number | undefined {
  return unlessMissing(() => {
    const logs = admin.open('logs')
    try {
      return logs.statIfThere('HEAD')?.mtimeMs
    } finally {
      logs.close()
    }
  }, undefined)
}

/** The branch that HEAD is on, or that the rebase under way will be on; null when detached. */
function readBranch(admin: Directory): string | null {
  for (const state of ['rebase-merge', 'rebase-apply']) {
    const name = ifThere(admin, state, () => readIn(admin, state, 'head-name'))
    if (name?.startsWith('refs/heads/')) return name.slice('refs/heads/'.length)
  }
  const head = admin.readSmallFile('HEAD').trim()
  return /^ref: refs\/heads\/(.+)$/.exec(head)?.[1] ?? null
}

function readIn(admin: Directory, directory: string, name: string): string {
  const inner = admin.open(directory)
  try {
    return inner.readSmallFile(name).trim()
  } finally {
    inner.close()
  }
}
