import type { Decision } from '../domain/decision.ts'
import type { Fact, Question } from '../domain/fact.ts'
import type { GoneRepos } from '../domain/gone-repos.ts'
import type { Failures } from '../domain/guard-removal.ts'
import type { SessionKey } from '../domain/names.ts'
import type { Ending, Recovery, Removal } from '../domain/outcome.ts'
import type { PlannedClone } from '../domain/plan.ts'
import type { Clone, CloneWork, Liveness, Session, Usage, Work, Worktree } from '../domain/state.ts'
import type { Turns } from '../domain/turns.ts'
import type { Rules } from '../domain/world.ts'

/** What gathering and deciding are given: nothing here changes anything on disk. */
export interface Readers {
  /** The sessions of the store, aged. @throws CorruptStoreError */
  readonly sessions: () => readonly Session[]
  readonly worktrees: () => readonly Worktree[]
  /** Who is at work on the worktree right now. */
  readonly liveness: (worktree: Worktree) => Liveness
  /** The sessions whose entries in the store are new, or other than `sessions` told. */
  readonly rewritten: () => Fact<readonly SessionKey[]>
  /** How long ago the session's agent gave a sign of life, by now. */
  readonly heartbeat: (session: Session) => Fact<number | null>
  /** What it holds, and its size. */
  readonly work: (worktree: Worktree) => Promise<Fact<Work>>
  readonly failures: (worktree: Worktree) => Failures | undefined
  /** When each entry last had its turn to be asked about. */
  readonly turns: () => Turns
  readonly forgejo: ForgejoReader
  /** Null while cache clones are never swept. */
  readonly clones: CloneReader | null
}

/** What deciding on cache clones is given. */
export interface CloneReader {
  /** How long one must not have been fetched before it may go. */
  readonly days: number
  readonly goneRepos: GoneRepos
  readonly list: () => readonly Clone[]
  /** What it holds that its remote-tracking branches do not, and its size; by its path, wherever it was moved. */
  readonly work: (clone: Clone) => Promise<Fact<CloneWork>>
  /** The clone, the store and the worktrees as they are right now. @throws when one cannot be read */
  readonly again: (clone: Clone) => {
    readonly clone: Clone
    readonly sessions: readonly Session[]
    readonly worktrees: readonly Worktree[]
  }
}

export interface ForgejoReader {
  /** Says what is going to be asked, as far as anyone knows, so that several can be looked up at once. */
  readonly expect: (questions: readonly Question[]) => void
  /** The answer to one question, asked once. @throws TokenRefusedError */
  readonly answer: (question: Question) => Promise<Fact<unknown>>
  /** Makes `skewMs` known where Forgejo answers at all, by a question of no other use. @throws TokenRefusedError */
  readonly compareClocks: () => Promise<void>
  readonly requests: () => { readonly requests: number; readonly retries: number }
  /** Forgejo's clock minus this one, in milliseconds; null when no answer has come. */
  readonly skewMs: () => number | null
  /** Whether anything was asked and nothing that speaks like Forgejo answered. */
  readonly unreachable: () => boolean
}

/** What applying is given. A dry run is given writers that only record. */
export interface Writers {
  /** Ends what a killed pass left half done; one line for each. */
  readonly recover: () => Promise<readonly Recovery[]>
  /** Rescues a worktree and takes it away, and begins to delete it; those of one clone never side by side. */
  readonly removeWorktree: (worktree: Worktree, decision: Decision, work: Work) => Promise<Removal>
  /** Waits until the branches and files of what was taken away are deleted. @returns how each ended, by the worktree's path */
  readonly finishRemovals: () => Promise<ReadonlyMap<string, Ending>>
  /**
   * Moves a cache clone into the trash as it is.
   *
   * @param recheck why it has to go back after all, by a look at where it is by then; null when it need not
   * @returns who turned out to use it, or why else it is back
   */
  readonly setCloneAside: (
    planned: PlannedClone,
    bytes: number,
    recheck: (path: string) => Promise<string | null>
  ) => Promise<Fact<Usage | null>>
  /** Drops sessions, through the service or in one write. @throws when none of them went */
  readonly dropSessions: (drops: readonly SessionDrop[]) => Promise<DroppedSessions>
  /** Keeps what the next pass has to know. */
  readonly remember: (memory: Memory) => Promise<void>
}

export interface SessionDrop {
  readonly session: Session
  readonly decision: Decision
  /** Whether the running service may be asked to do it. */
  readonly throughService: boolean
  /** The worktrees that stay: a reset would take along one that was made since. */
  readonly beside: ReadonlySet<string>
}

export interface DroppedSessions {
  /** The keys that went. */
  readonly gone: ReadonlySet<string>
  /** Why the store could not be written, so that others stayed. */
  readonly fault: string | null
}

/** What a pass learned that outlives it. */
export interface Memory {
  /** The worktrees there are, those whose removal failed in this pass, and those that went. */
  readonly worktrees: readonly string[]
  readonly failed: ReadonlySet<string>
  readonly removed: ReadonlySet<string>
  /** The entries that stay, by a session's key or a worktree's path: those it got to, and the others. */
  readonly hadTurn: readonly string[]
  readonly missedTurn: readonly string[]
  /** The repos of cache clones that are gone, by now. */
  readonly goneRepos: GoneRepos
  /** Whether this machine's clock may be written down: nothing contradicts it. */
  readonly clockTrusted: boolean
  /** Whether Forgejo's clock says the same. */
  readonly clockConfirmed: boolean
}

/** Follows a pass while it runs. */
export interface Observer {
  /** So many of all sessions and worktrees are decided on. */
  readonly deciding: (done: number, of: number) => void
  readonly asking: (question: Question) => void
  /** The how-manieth of all that go. */
  readonly removing: (path: string, number: number, of: number) => void
  readonly recovered: (recovery: Recovery) => void
  /** @param how where it was neither dropped nor removed for good */
  readonly changed: (name: string, decision: Decision, how?: 'moved-aside') => void
}

/** What sets one pass apart from another. */
export interface PassOptions {
  readonly run: string
  readonly version: string
  readonly dryRun: boolean
  readonly rules: Rules
  readonly maxRemovals: number
}
