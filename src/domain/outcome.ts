import type { Fact } from './fact.ts'
import type { Usage } from './state.ts'

/** A worktree is gone from its place. */
export interface Removed {
  readonly kind: 'removed'
  /** The ref that holds all of it; null when nothing was made, in a dry run. */
  readonly rescue: string | null
  /** What of it no remote has; null when a remote has all. */
  readonly holds: string | null
  /** What it takes on disk, until it is deleted. */
  readonly bytes: number
}

/** How a removal went. But for `removed` the worktree is where it was. */
export type Removal =
  | Removed
  | { readonly kind: 'unsaved'; readonly holds: string }
  /** Somebody uses it, or nobody knows. */
  | { readonly kind: 'in-use'; readonly usage: Fact<Usage> }
  | { readonly kind: 'failed'; readonly why: string }

/** How what was left of a removal ended: `waiting` when it is the next pass that deletes it. */
export type Ending =
  | { readonly kind: 'deleted' | 'waiting' }
  | { readonly kind: 'failed'; readonly why: string }

/** How a removal was ended that a killed pass had left half done. */
export interface Recovery {
  readonly kind: 'worktree' | 'cache-clone'
  readonly path: string
  readonly how: 'finished' | 'restored' | 'withdrawn' | 'failed'
  readonly why: string | null
}

/** What became of bringing one thing back: it was there `already`, or is `left` for something newer. */
export type BroughtBack =
  | { readonly kind: 'back' }
  | { readonly kind: 'already' }
  | { readonly kind: 'left'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }

/** How the removal of an artifact ended; `in-use`: somebody wrote to it meanwhile. */
export type ArtifactRemoval =
  | { readonly kind: 'removed' | 'gone' | 'in-use' }
  | { readonly kind: 'failed'; readonly why: string }
