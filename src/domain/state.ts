import type { Fact, Repo } from './fact.ts'
import type { SessionKey } from './names.ts'

/** What Forgejo says of an issue or pull request. `missing` means that the repo is visible without it. */
export type IssueState =
  | { readonly state: 'open'; readonly pull: boolean }
  | {
      readonly state: 'closed'
      readonly pull: boolean
      readonly merged: boolean
      readonly closedAt: string | null
    }
  | { readonly state: 'missing' }
  | { readonly state: 'not-visible' }

/** An open pull request; `branch` is null when its head is no branch of the repo itself (a fork's, AGit). */
export interface OpenPull {
  readonly number: number
  readonly branch: string | null
}

/** A repo's open pull requests, all of them; a repo that is not visible has no list to give. */
export type OpenPulls = readonly OpenPull[] | 'not-visible'

/** A session as the store and the ledger tell it. `key` is null when its text does not parse. */
export interface Session {
  readonly text: string
  readonly key: SessionKey | null
  readonly ageMs: number
  /** How long ago its agent gave a sign of life; null when it never did, or is not known to give any. */
  readonly heartbeatMs: Fact<number | null>
}

/** Who uses a worktree, as one phrase: `process 4711 (node)`, `index.lock`. */
export type Usage = string

/** What tells whether somebody is at work on a worktree. */
export interface Liveness {
  readonly usage: Fact<Usage | null>
  /** How long ago, in milliseconds, the agent of a session of its issue gave a sign of life; null when none did. */
  readonly heartbeatMs: Fact<number | null>
}

/** A worktree as git's own files and its directory name tell it. */
export interface Worktree extends Liveness {
  readonly path: string
  readonly agent: string
  /** Known when it is a real directory inside the root that no mount reaches into. */
  readonly place: Fact<true>
  readonly repo: Fact<Repo>
  /** What HEAD or the rebase under way is on; the directory name's branch when neither can tell. */
  readonly branch: string | null
  /** What the directory name says: protects, never permits. */
  readonly namedBranch: string | null
  readonly locked: Fact<string | null>
  readonly ageMs: Fact<number>
}

/** A cache clone as its own files tell it. */
export interface Clone {
  readonly path: string
  readonly repo: Repo
  /** Known when it is a whole clone that could be moved, and that no other clone borrows from. */
  readonly place: Fact<true>
  /** The name of a worktree that it has registered, there or not. */
  readonly registered: Fact<string | null>
  readonly usage: Fact<Usage | null>
  /** How long ago it was last fetched. */
  readonly ageMs: Fact<number>
}

/** What a look into a cache clone found. */
export interface CloneWork {
  /** What of it is not on its remote-tracking branches, as one phrase; null when all is. */
  readonly holds: string | null
  /** Its size on disk. */
  readonly bytes: number
}

/** What a look into a worktree found. */
export interface Work {
  /** What of it no remote has, as one phrase with the first name; null when a remote has all. */
  readonly holds: string | null
  /** Why it cannot be rescued, as one phrase; null when it can. */
  readonly obstacle: string | null
  /** Its size on disk. */
  readonly bytes: number
}
