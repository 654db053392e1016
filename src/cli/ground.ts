import { existsSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import type { Clock } from '../domain/clock.ts'
import { CacheRoot } from '../host/cache-root.ts'
import { type Ledger, readLedger } from '../host/ledger.ts'
import { orUnusable, type StatePaths } from '../host/state-dir.ts'
import { readStore, type StoreSnapshot } from '../host/store.ts'
import type { Log } from '../report/log.ts'

/** What reading and writing share in one pass. */
export interface Ground {
  readonly settings: Settings
  readonly paths: StatePaths
  /** Undefined when there is no cache directory, and so no worktree. */
  readonly root: CacheRoot | undefined
  readonly store: StoreSnapshot
  readonly ledger: Ledger
  readonly clock: Clock
}

/**
 * Opens what a pass stands on; what is missing of it is a warning.
 *
 * @throws CorruptStoreError, StateUnusableError
 */
export function openGround(settings: Settings, paths: StatePaths, clock: Clock, log: Log): Ground {
  const { ledger, intact } = orUnusable(paths.ledger, () => readLedger(paths.ledger))
  if (!intact) log.warn(`${paths.ledger} cannot be understood: ages of sessions without a time start anew`)
  const { cacheDir } = settings
  const root = existsSync(cacheDir) ? orUnusable(cacheDir, () => new CacheRoot(cacheDir)) : undefined
  const store = orUnusable(paths.store, () => readStore(paths.store))
  if (!store.exists) log.warn(`There is no ${paths.store}: it counts as a store without sessions`)
  return { settings, paths, root, store, ledger, clock }
}
