import type { ArtifactTallies } from './artifact.ts'
import type { Evidence, Reason } from './decision.ts'
import type { ErrorCode } from './fact.ts'

/** The report of one pass, version 1: fields are added, never changed. `report.schema.json` says the same. */
export interface Report {
  readonly schema: 'claude-hooks-sweep/report@1'
  readonly run: string
  readonly version: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly durationMs: number
  readonly dryRun: boolean
  readonly exitCode: number
  readonly swept: {
    readonly sessions: number
    readonly worktrees: number
    readonly cacheClones: number
    readonly artifacts: number
    readonly containers: number
  }
  readonly skipped: {
    readonly total: number
    readonly byReason: Readonly<Partial<Record<Reason, number>>>
  }
  /** What Claude left, by type; absent when no home and no log directory is set. Bytes are on disk. */
  readonly artifacts?: ArtifactTallies
  readonly rescued: number
  readonly freedBytes: number
  readonly gaveUp: number
  readonly forgejo: { readonly requests: number; readonly retries: number }
  readonly entries: readonly ReportEntry[]
  readonly errors: readonly ReportError[]
}

interface EntryDecision {
  readonly action: 'keep' | 'drop' | 'remove'
  readonly reason: Reason
  readonly evidence: Evidence
  /** How long it has been untouched; null when that is unknown. */
  readonly ageMs: number | null
}

export type ReportEntry = SessionEntry | WorktreeEntry | CloneEntry

interface SessionEntry extends EntryDecision {
  readonly kind: 'session'
  readonly key: string
  readonly agent: string | null
  readonly repo: string | null
  readonly number: number | null
}

interface WorktreeEntry extends EntryDecision {
  readonly kind: 'worktree'
  readonly path: string
  readonly agent: string
  readonly repo: string | null
  readonly branch: string | null
  readonly number: number | null
  /** Its size on disk; only worktrees that may go are measured. */
  readonly bytes?: number
  /** The ref in the cache clone that holds all of it, once it is removed. */
  readonly rescue?: string
}

/** There is one for each cache clone while SWEEPER_CACHE_CLONE_DAYS is set. */
interface CloneEntry extends EntryDecision {
  readonly kind: 'cache-clone'
  readonly path: string
  readonly repo: string
  /** Its size on disk; only clones that may go are measured. It takes that much in the trash until it expires. */
  readonly bytes?: number
}

/** An error of one entry, or of the pass itself. */
export type ReportError = {
  readonly code: ErrorCode
  readonly message: string
} & (
  | { readonly kind: 'session'; readonly key: string }
  | { readonly kind: 'worktree' | 'cache-clone' | 'artifact'; readonly path: string }
  | { readonly kind: 'pass' }
)
