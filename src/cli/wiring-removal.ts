import type { LocalSettings } from '../config/settings.ts'
import type { Clock } from '../domain/clock.ts'
import type { CacheRoot } from '../host/cache-root.ts'
import type { Journal } from '../host/journal.ts'
import { PreparedRescues } from '../host/prepared-rescues.ts'
import type { RemovalTools } from '../host/removal-tools.ts'
import { orUnusable } from '../host/state-dir.ts'
import { Trash } from '../host/trash.ts'

/** How much one rescue may hold, in bytes. */
export const maxRescueBytes = ({ rescueMaxMegabytes }: LocalSettings): number => rescueMaxMegabytes * 1e6

export interface RemovalGround {
  readonly settings: LocalSettings
  /** Undefined when there is no cache directory, and so nothing to remove. */
  readonly root: CacheRoot | undefined
  readonly clock: Clock
}

/** @throws StateUnusableError */
export function openRemovalTools(
  { settings, root, clock }: RemovalGround,
  journal: Journal,
  prepared = new PreparedRescues()
): RemovalTools | undefined {
  if (root === undefined) return undefined
  const now = () => clock.now()
  const trash = new Trash(root)
  // A file or a link in its place would fail every removal, one by one.
  orUnusable(root.trash, () => trash.list())
  return { root, trash, journal, now, maxRescueBytes: maxRescueBytes(settings), prepared }
}
