import { known, unknown } from '../domain/fact.ts'
import type { Removal } from '../domain/outcome.ts'
import { DAY } from '../domain/time.ts'
import { noteTurns } from '../domain/turns.ts'
import { noteFirstSeen } from '../host/age-sessions.ts'
import { expireRuns } from '../host/expire.ts'
import { Journal } from '../host/journal.ts'
import { forgejoName, type Ledger, writeLedger } from '../host/ledger.ts'
import type { RemovalFinisher } from '../host/removal-finisher.ts'
import type { RemovalTools } from '../host/removal-tools.ts'
import type { Memory, Writers } from '../pass/ports.ts'
import type { Ground } from './ground.ts'
import { openRemovalTools } from './wiring-removal.ts'

/** Writers that only record: the pass goes through every step, and nothing on disk changes. */
export const recordingWriters: Writers = {
  recover: async () => [],
  removeWorktree: async (_worktree, _decision, { holds, bytes }) => ({
    kind: 'removed',
    rescue: null,
    holds,
    bytes
  }),
  finishRemovals: async () => new Map(),
  setCloneAside: async () => known(null),
  dropSessions: async (drops) => ({ gone: new Set(drops.map(({ session }) => session.text)), fault: null }),
  remember: async () => {}
}

const workingParts = () => import('./working-parts.ts')

/**
 * @param warn told what is not as it should be, but no error
 * @param interrupted whether nothing new is to be begun
 */
export function wireWriters(
  ground: Ground,
  run: string,
  warn: (text: string) => void,
  interrupted: () => boolean
): Writers {
  const { paths } = ground
  const journal = new Journal(paths.journal)
  const tools = openRemovalTools(ground, journal)
  let finisher: RemovalFinisher | undefined
  let slots = 0
  const remove = async (path: string, reason: string): Promise<Removal> => {
    if (tools === undefined) return { kind: 'failed', why: 'the cache directory is gone' }
    const { RemovalFinisher, removeWorktree } = await workingParts()
    finisher ??= new RemovalFinisher(tools, run, interrupted)
    slots += 1
    const removal = await removeWorktree(tools, { run, slot: `${run}.${slots}`, path, reason })
    if ('rest' in removal) finisher.add(removal.rest)
    return removal
  }
  return {
    recover: async () => {
      if (tools === undefined || tools.trash.list().length === 0) return []
      const { recover } = await workingParts()
      return recover(tools)
    },
    removeWorktree: async ({ path }, { reason }) => {
      const before = finisher?.finished ?? 0
      const removal = await remove(path, reason)
      if (removal.kind !== 'failed') return removal
      await finisher?.end()
      if ((finisher?.finished ?? 0) === before || interrupted()) return removal
      // What was deleted meanwhile may have made the room that its rescue lacked.
      const again = await remove(path, reason)
      return again.kind === 'failed' ? removal : again
    },
    finishRemovals: async () => (await finisher?.end()) ?? new Map(),
    setCloneAside: async ({ clone: { path }, decision: { reason } }, bytes, recheck) => {
      if (tools === undefined) return unknown('REMOVE_FAILED', 'the cache directory is gone')
      const { setCloneAside } = await workingParts()
      slots += 1
      return setCloneAside(tools, { run, slot: `${run}.${slots}`, path, reason, bytes, recheck })
    },
    dropSessions: async (drops) => {
      const { dropSessions } = await workingParts()
      return dropSessions(ground, journal, run, drops, warn)
    },
    remember: async (memory) => {
      for (const fault of await remember(ground, tools, journal, memory)) warn(fault)
    }
  }
}

async function remember(
  { store, ledger, paths, settings, clock }: Ground,
  tools: RemovalTools | undefined,
  journal: Journal,
  memory: Memory
): Promise<string[]> {
  const now = clock.now()
  const failures = new Map([...ledger.failures].filter(([path]) => memory.worktrees.includes(path)))
  for (const path of memory.removed) failures.delete(path)
  for (const path of memory.failed) {
    failures.set(path, { count: (failures.get(path)?.count ?? 0) + 1, lastAt: now })
  }
  const firstSeen = noteFirstSeen(store.entries, ledger, memory.clockTrusted ? now : undefined)
  const turns = noteTurns(ledger.turns, memory.hadTurn, memory.missedTurn)
  const { goneRepos } = memory
  const goneFrom = goneRepos.size === 0 ? null : forgejoName(settings.forgejoUrl)
  const noted = { ...ledger, firstSeen, failures, goneRepos, goneFrom, turns }
  // By a wrong clock every rescue and every undo would be old, or a new one could be.
  if (!memory.clockConfirmed) {
    writeLedger(paths.ledger, ledger, noted)
    return []
  }
  const expired = now - settings.undoDays * DAY
  const broughtBack = new Map([...ledger.broughtBack].filter(([, { at }]) => at > expired))
  const keptSince = noteRuns(journal, ledger, now)
  writeLedger(paths.ledger, ledger, { ...noted, broughtBack, keptSince })
  return expireRuns(journal, tools, (run) => (keptSince.get(run)?.at ?? now) < expired)
}

/** A run's own time is by the clock that it had: it counts from the first pass that knows better. */
function noteRuns(journal: Journal, { keptSince }: Ledger, now: number): Ledger['keptSince'] {
  return new Map(runsOf(journal).map((run) => [run, keptSince.get(run) ?? { at: now }]))
}

/** None when they cannot be listed: what is to be written down comes before what may expire. */
function runsOf(journal: Journal): string[] {
  try {
    return journal.runs()
  } catch {
    return []
  }
}
