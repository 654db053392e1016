import type { CacheRoot } from './cache-root.ts'
import { adminNames, type Registration } from './registration.ts'

/** Where the parts of a worktree are now: its directory may have been moved aside already. */
export interface WorkPlaces {
  readonly workTree: string
  /** The worktree's admin directory in its clone. */
  readonly admin: string
  /** The clone's git directory. */
  readonly gitDir: string
}

/** @param workTree where the worktree's directory is now */
export const workPlaces = (root: CacheRoot, registration: Registration, workTree: string): WorkPlaces => ({
  workTree,
  admin: root.pathOf(adminNames(registration)),
  gitDir: root.pathOf(registration.gitDir)
})
