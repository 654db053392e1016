import { existsSync } from 'node:fs'
import type { Environment } from '../config/paths.ts'
import type { LocalSettings } from '../config/settings.ts'
import type { Flags } from '../config/sources.ts'
import { GIVE_UP_AFTER } from '../domain/guard-removal.ts'
import { type Status, takeInventory } from '../domain/inventory.ts'
import { placeWorktree } from '../domain/world.ts'
import { ageSessions } from '../host/age-sessions.ts'
import { CacheRoot } from '../host/cache-root.ts'
import { measureDiskUse } from '../host/disk-use.ts'
import { Journal } from '../host/journal.ts'
import { readLastPass } from '../host/last-pass.ts'
import { readLedger } from '../host/ledger.ts'
import { removedWorktrees, waitingClones } from '../host/run-changes.ts'
import { orUnusable, statePaths } from '../host/state-dir.ts'
import { readStore } from '../host/store.ts'
import { readWorktrees } from '../host/worktrees.ts'
import { renderStatus, statusJson } from '../report/status.ts'
import type { Console } from './console.ts'
import { type Surroundings, withLocalSurroundings } from './surroundings.ts'

/**
 * What is on disk, without a question to Forgejo.
 *
 * @returns the exit code
 * @throws errors with a `code` that the table of exit codes knows
 */
export const status = (flags: Flags, env: Environment, console: Console): Promise<number> =>
  withLocalSurroundings(flags, env, console, async (surroundings) => {
    const { redact, interrupt } = surroundings
    const found = await takeStock(surroundings)
    if (interrupt.signal() !== null) return interrupt.signal() === 'SIGINT' ? 130 : 143
    const text = flags['json'] === true ? statusJson(found) : renderStatus(found, console.resultColumns)
    await console.result(redact(text))
    return 0
  })

async function takeStock({
  settings,
  clock,
  console,
  interrupt
}: Surroundings<LocalSettings>): Promise<Status> {
  const paths = statePaths(settings.stateDir)
  const journal = new Journal(paths.journal)
  const at = clock.now()
  const { ledger } = orUnusable(paths.ledger, () => readLedger(paths.ledger))
  const store = orUnusable(paths.store, () => readStore(paths.store))
  const worktrees = listWorktrees(settings, at)
  const names = worktrees.map(({ worktree }) => worktree.path)
  const sizes = await measureDiskUse(
    names,
    () => interrupt.signal() !== null,
    (done) => console.progress.show(`Measuring worktrees: ${done} of ${names.length}`)
  ).finally(() => console.progress.clear())
  const gaveUp = [...ledger.failures].filter(([, { count }]) => count >= GIVE_UP_AFTER)
  return {
    at,
    rows: takeInventory(ageSessions(store.entries, ledger, at), worktrees, sizes),
    gaveUp: gaveUp.map(([path]) => path).filter((path) => names.includes(path)),
    rescues: removedWorktrees(journal),
    cacheClones: waitingClones(journal),
    lastPass: readLastPass(paths.lastRun)
  }
}

function listWorktrees({ cacheDir, branchPattern }: LocalSettings, now: number) {
  if (!existsSync(cacheDir)) return []
  const root = orUnusable(cacheDir, () => new CacheRoot(cacheDir))
  try {
    return readWorktrees(root, now).map((worktree) => placeWorktree(worktree, branchPattern))
  } finally {
    root.close()
  }
}
