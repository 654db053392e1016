import type { CacheRoot } from './cache-root.ts'
import type { Journal } from './journal.ts'
import type { PreparedRescues } from './prepared-rescues.ts'
import type { Trash } from './trash.ts'

/** What removing worktrees and bringing them back works with. */
export interface RemovalTools {
  readonly root: CacheRoot
  readonly trash: Trash
  readonly journal: Journal
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number
  /** How much one rescue may hold. */
  readonly maxRescueBytes: number
  /** Rescues that were made beforehand. */
  readonly prepared: PreparedRescues
}
