import type { Settings } from '../config/settings.ts'
import { known, unknown } from '../domain/fact.ts'
import type { Session, Worktree } from '../domain/state.ts'
import { HOUR } from '../domain/time.ts'
import type { Rules } from '../domain/world.ts'
import { ageSessions } from '../host/age-sessions.ts'
import { readClones } from '../host/clones.ts'
import { describeError } from '../host/file-error.ts'
import { readStore } from '../host/store.ts'
import { readWorktrees, rereadWorktree } from '../host/worktrees.ts'
import type { CloneReader, ForgejoReader, Readers } from '../pass/ports.ts'
import type { Ground } from './ground.ts'
import { maxRescueBytes } from './wiring-removal.ts'

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

/** Who uses a worktree by now; one that is gone nobody does. */
function usageNow(reread: () => Worktree | undefined): Worktree['usage'] {
  try {
    return reread()?.usage ?? known(null)
  } catch (error) {
    return unknown('WORKTREE_UNREADABLE', `It cannot be looked at again: ${describeError(error)}`)
  }
}

export function wireReaders(ground: Ground, forgejo: ForgejoReader): Readers {
  const { settings, root, store, ledger, clock } = ground
  const reread = ({ agent, path }: Worktree) =>
    root === undefined ? undefined : rereadWorktree(root, agent, path, clock.now())
  return {
    sessions: (): Session[] => ageSessions(store.entries, ledger, clock.now()),
    worktrees: () => (root === undefined ? [] : readWorktrees(root, clock.now())),
    usage: (worktree) => (worktree.place.known ? usageNow(() => reread(worktree)) : worktree.usage),
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
  const list = () => readClones(root, clock.now())
  return {
    days,
    goneRepos: ledger.goneRepos,
    list,
    work: async ({ path }) => {
      const { inspectClone } = await import('./working-parts.ts')
      return inspectClone(path, maxRescueBytes(settings))
    },
    again: ({ path }) => {
      const clone = list().find((one) => one.path === path)
      if (clone === undefined) throw new Error('it is gone')
      const sessions = ageSessions(readStore(paths.store).entries, ledger, clock.now())
      return { clone, sessions, worktrees: readWorktrees(root, clock.now()) }
    }
  }
}
