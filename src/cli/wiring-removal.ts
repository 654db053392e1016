import type { LocalSettings } from '../config/settings.ts'
import type { Clock } from '../domain/clock.ts'
import type { CacheRoot } from '../host/cache-root.ts'
import type { Journal } from '../host/journal.ts'
import type { RemovalTools } from '../host/removal-tools.ts'
import { Trash } from '../host/trash.ts'

/** How much one rescue may hold, in bytes. */
export const maxRescueBytes = ({ rescueMaxMegabytes }: LocalSettings): number => rescueMaxMegabytes * 1e6

export interface RemovalGround {
  readonly settings: LocalSettings
  /** Undefined when there is no cache directory, and so nothing to remove. */
  readonly root: CacheRoot | undefined
  readonly clock: Clock
}

export function openRemovalTools(
  { settings, root, clock }: RemovalGround,
  journal: Journal
): RemovalTools | undefined {
  if (root === undefined) return undefined
  const now = () => clock.now()
  return { root, trash: new Trash(root), journal, now, maxRescueBytes: maxRescueBytes(settings) }
}
