import { existsSync } from 'node:fs'
import type { Settings } from '../config/settings.ts'
import { type Budget, UNLIMITED } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { known, unknown } from '../domain/fact.ts'
import type { LookupMode } from '../domain/open-list.ts'
import type { Session, Worktree } from '../domain/state.ts'
import { HOUR } from '../domain/time.ts'
import type { Rules } from '../domain/world.ts'
import { Asker } from '../forgejo/asker.ts'
import { ForgejoClient } from '../forgejo/client.ts'
import { Lookup } from '../forgejo/lookup.ts'
import { createPacer } from '../forgejo/pacer.ts'
import { createTransport } from '../forgejo/transport.ts'
import { ageSessions } from '../host/age-sessions.ts'
import { CacheRoot } from '../host/cache-root.ts'
import { inspectWorktree } from '../host/inspect-work.ts'
import { type Ledger, readLedger } from '../host/ledger.ts'
import type { PreparedRescues } from '../host/prepared-rescues.ts'
import { orUnusable, type StatePaths } from '../host/state-dir.ts'
import { readStore, type StoreSnapshot } from '../host/store.ts'
import { readWorktrees, rereadWorktree } from '../host/worktrees.ts'
import type { ForgejoReader, Readers } from '../pass/ports.ts'
import type { Log } from '../report/log.ts'
import { maxRescueBytes } from './wiring-removal.ts'

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

/** The operator's settings, and what an undo brought back and still is as it came. */
export const rulesOf = (settings: Settings, { ledger, store }: Ground, retryFailed = false): Rules => ({
  maxAgeDays: settings.maxAgeDays,
  protect: settings.protect,
  branchPattern: settings.branchPattern,
  passIntervalMs: settings.intervalHours * HOUR,
  retryFailed,
  broughtBack: new Set(
    [...ledger.broughtBack]
      .filter(([name, { value }]) => value === null || store.entries.get(name)?.text === value)
      .map(([name]) => name)
  )
})

/** @param prepared takes the rescues of worktrees that are looked into; none in a dry run */
export function wireReaders(
  { settings, root, store, ledger, clock }: Ground,
  forgejo: ForgejoReader,
  prepared?: PreparedRescues
): Readers {
  const reread = ({ agent, path }: Worktree) =>
    root === undefined ? undefined : rereadWorktree(root, agent, path, clock.now())
  return {
    sessions: (): Session[] => ageSessions(store.entries, ledger, clock.now()),
    worktrees: () => (root === undefined ? [] : readWorktrees(root, clock.now())),
    usage: (worktree) => (worktree.place.known ? (reread(worktree)?.usage ?? known(null)) : worktree.usage),
    work: async (worktree) =>
      root === undefined
        ? unknown('WORKTREE_UNREADABLE', 'The cache directory is gone')
        : inspectWorktree(root, worktree.path, maxRescueBytes(settings), prepared),
    failures: ({ path }) => ledger.failures.get(path),
    turns: () => ledger.turns,
    forgejo
  }
}

export interface WiredForgejo extends ForgejoReader {
  readonly close: () => Promise<void>
}

/** @param mode how issues are looked up */
export function wireForgejo(
  settings: Settings,
  clock: Clock,
  interrupted: () => boolean,
  mode: LookupMode,
  budget: Budget = UNLIMITED
): WiredForgejo {
  const { asker, client, close } = openForgejo(settings, clock, interrupted, budget)
  const lookup = new Lookup(client, mode)
  return {
    expect: (questions) => lookup.expect(questions),
    answer: (question) => lookup.answer(question),
    requests: () => ({ ...asker.counts }),
    skewMs: () => asker.skewMs,
    unreachable: () => asker.counts.requests > 0 && !asker.reached,
    close
  }
}

/** What {@link openForgejo} needs of the settings. */
type ForgejoSettings = Pick<Settings, 'forgejoUrl' | 'token' | 'apiTimeoutMs' | 'apiIntervalMs' | 'maxTries'>

/** The one way to Forgejo: a request at a time, paced. */
export function openForgejo(
  settings: ForgejoSettings,
  clock: Clock,
  interrupted: () => boolean,
  budget: Budget = UNLIMITED
) {
  const { forgejoUrl, token, apiTimeoutMs, apiIntervalMs, maxTries } = settings
  const transport = createTransport({ baseUrl: forgejoUrl, token, timeoutMs: apiTimeoutMs })
  const pacer = createPacer(apiIntervalMs, clock, interrupted, budget)
  const asker = new Asker({ transport, pacer, clock, maxTries, interrupted, budget })
  return { asker, client: new ForgejoClient(asker), close: () => transport.close() }
}
