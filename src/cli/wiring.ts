import type { Settings } from '../config/settings.ts'
import { known, unknown } from '../domain/fact.ts'
import { parseSessionKey } from '../domain/names.ts'
import type { Liveness, Session, Worktree } from '../domain/state.ts'
import { HOUR, MINUTE } from '../domain/time.ts'
import type { Rules } from '../domain/world.ts'
import { ageSessions } from '../host/age-sessions.ts'
import { readClones, rereadClone } from '../host/clones.ts'
import { describeError } from '../host/file-error.ts'
import { forgejoName } from '../host/ledger.ts'
import { readStore } from '../host/store.ts'
import { StoreChanges } from '../host/store-changes.ts'
import { readWorktrees, rereadWorktree } from '../host/worktrees.ts'
import type { CloneReader, ForgejoReader, Readers } from '../pass/ports.ts'
import type { Ground } from './ground.ts'
import { wireHeartbeats } from './wiring-heartbeats.ts'
import { maxRescueBytes } from './wiring-removal.ts'

/** The operator's settings, and what an undo brought back and still is as it came. */
export const rulesOf = (settings: Settings, { ledger, store }: Ground, retryFailed = false): Rules => ({
  maxAgeDays: settings.maxAgeDays,
  protect: settings.protect,
  branchPattern: settings.branchPattern,
  passIntervalMs: settings.intervalHours * HOUR,
  staleMs: settings.staleMinutes * MINUTE,
  retryFailed,
  broughtBack: new Set(
    [...ledger.broughtBack]
      .filter(([name, { value }]) => value === null || store.entries.get(name)?.text === value)
      .map(([name]) => name)
  )
})

/** Who is at work on a worktree by now; on one that is gone nobody is. */
function livenessNow(reread: () => Worktree | undefined): Liveness {
  const idle = { usage: known(null), heartbeatMs: known(null) }
  try {
    return reread() ?? idle
  } catch (error) {
    const why = `It cannot be looked at again: ${describeError(error)}`
    return { ...idle, usage: unknown('WORKTREE_UNREADABLE', why) }
  }
}

export function wireReaders(ground: Ground, forgejo: ForgejoReader): Readers {
  const { settings, root, store, ledger, clock } = ground
  const changes = new StoreChanges(ground.paths.store, store)
  const heartbeats = wireHeartbeats(settings, changes)
  const withHeartbeat = (worktree: Worktree, { ofWorktree } = heartbeats(clock.now())): Worktree => ({
    ...worktree,
    heartbeatMs: ofWorktree(worktree)
  })
  const reread = ({ agent, path }: Worktree) =>
    root === undefined ? undefined : withHeartbeat(rereadWorktree(root, agent, path, clock.now()))
  return {
    sessions: (): Session[] => {
      const now = clock.now()
      return ageSessions(store.entries, ledger, now, heartbeats(now).ofSession)
    },
    worktrees: () => {
      const reader = heartbeats(clock.now())
      const found = root === undefined ? [] : readWorktrees(root, clock.now())
      return found.map((worktree) => withHeartbeat(worktree, reader))
    },
    rewritten: () => {
      const keys = changes.rewritten()
      return keys.known ? known(keys.value.flatMap((key) => parseSessionKey(key) ?? [])) : keys
    },
    heartbeat: ({ key, text }) => heartbeats(clock.now()).ofSession(key, text),
    liveness: (worktree) => (worktree.place.known ? livenessNow(() => reread(worktree)) : worktree),
    work: async (worktree) => {
      if (root === undefined) return unknown('WORKTREE_UNREADABLE', 'The cache directory is gone')
      const { inspectWorktree } = await import('./working-parts.ts')
      return inspectWorktree(root, worktree.path, maxRescueBytes(settings))
    },
    failures: ({ path }) => ledger.failures.get(path),
    turns: () => ledger.turns,
    forgejo,
    clones: wireClones(ground)
  }
}

/** Null while they are never swept: then nobody looks at one. */
function wireClones({ settings, root, paths, ledger, clock }: Ground): CloneReader | null {
  const days = settings.cacheCloneDays
  if (days === 0 || root === undefined) return null
  return {
    days,
    // What another Forgejo said tells nothing of this one's repos.
    goneRepos: ledger.goneFrom === forgejoName(settings.forgejoUrl) ? ledger.goneRepos : new Map(),
    list: () => readClones(root, clock.now()),
    work: async ({ path, repo }) => {
      const { inspectClone } = await import('./working-parts.ts')
      return inspectClone(path, { repo, host: settings.forgejoUrl.hostname }, maxRescueBytes(settings))
    },
    again: ({ path, repo }) => {
      const clone = rereadClone(root, repo, path, clock.now())
      const sessions = ageSessions(readStore(paths.store).entries, ledger, clock.now())
      return { clone, sessions, worktrees: readWorktrees(root, clock.now()) }
    }
  }
}
