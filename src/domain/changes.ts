import type { ArtifactType } from './artifact.ts'

/** A worktree that a pass removed. */
export interface RemovedWorktree {
  readonly kind: 'worktree'
  /** What its removal is known by, unique for ever. */
  readonly slot: string
  readonly path: string
  readonly reason: string
  /** The ref in its cache clone that holds all of it. */
  readonly rescue: string
  /** What of it no remote had, as one phrase; null when a remote had all. */
  readonly holds: string | null
  /** Ignored paths that a build makes anew: they were not saved. Sizes are bytes. */
  readonly left: readonly { readonly path: string; readonly bytes: number }[]
}

/** A cache clone that a pass moved aside. */
export interface SetAsideClone {
  readonly kind: 'cache-clone'
  /** The slot of the trash that it waits in. */
  readonly slot: string
  readonly path: string
  readonly reason: string
  /** Its size on disk. */
  readonly bytes: number
}

/** A session that a pass dropped. */
export interface DroppedSession {
  readonly kind: 'session'
  readonly key: string
  /** The entry's value as it was written. */
  readonly text: string
  readonly reason: string
}

/** Something that an undo brought back. */
interface BroughtBackEntry {
  readonly kind: 'brought-back'
  /** A session's key, or the path of a worktree or cache clone. */
  readonly name: string
  /** The run that had taken it away. */
  readonly of: string
}

/** Artifacts that a pass removed: there is no way back for them. */
interface RemovedArtifacts {
  readonly kind: 'artifacts'
  /** The home or log directory. */
  readonly path: string
  readonly type: ArtifactType
  /** How many, and their size on disk; null when a kill cut it off before they were counted. */
  readonly removed: number | null
  readonly bytes: number | null
}

export type Change = RemovedWorktree | SetAsideClone | DroppedSession | BroughtBackEntry | RemovedArtifacts

/** All that one run changed, a pass or an undo. */
export interface RunChanges {
  readonly run: string
  /** When its first change was made, ISO 8601 UTC. */
  readonly at: string
  readonly changes: readonly Change[]
}
