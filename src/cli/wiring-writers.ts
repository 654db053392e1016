import type { Removal } from '../domain/outcome.ts'
import { DAY, isoTime } from '../domain/time.ts'
import { noteFirstSeen } from '../host/age-sessions.ts'
import { Journal } from '../host/journal.ts'
import { writeLedger } from '../host/ledger.ts'
import { finishRemovals, type RemovalTools, removeWorktree } from '../host/remove-worktree.ts'
import { dropEntries } from '../host/store.ts'
import { Trash } from '../host/trash.ts'
import type { Memory, SessionDrop, Writers } from '../pass/ports.ts'
import type { Ground } from './wiring.ts'

/** Writers that only record: the pass goes through every step, and nothing on disk changes. */
export const recordingWriters: Writers = {
  recover: async () => [],
  removeWorktree: async () => ({ kind: 'removed' }),
  dropSessions: (drops) => new Set(drops.map(({ session }) => session.text)),
  remember: () => {}
}

export function wireWriters(ground: Ground, run: string): Writers {
  const { root, paths, clock } = ground
  const journal = new Journal(paths.journal)
  const now = () => clock.now()
  const tools: RemovalTools | undefined =
    root === undefined ? undefined : { root, trash: new Trash(root), journal, now }
  let slots = 0
  return {
    recover: async () => (tools === undefined ? [] : finishRemovals(tools)),
    removeWorktree: async ({ path }, { reason }): Promise<Removal> => {
      if (tools === undefined) return { kind: 'failed', why: 'the cache directory is gone' }
      slots += 1
      return removeWorktree(tools, { run, slot: `${run}.${slots}`, path, reason })
    },
    dropSessions: (drops) => dropSessions(ground, journal, run, drops),
    remember: (memory) => remember(ground, journal, memory)
  }
}

function dropSessions(
  { paths, store, clock }: Ground,
  journal: Journal,
  run: string,
  drops: readonly SessionDrop[]
): Set<string> {
  const entries = drops.flatMap(({ session }) => store.entries.get(session.text) ?? [])
  const reasons = new Map(drops.map(({ session, decision }) => [session.text, decision.reason]))
  const intents = entries.map(({ key, text }) => ({ key, text, reason: reasons.get(key) ?? 'closed' }))
  journal.append(run, { type: 'drop', at: isoTime(clock.now()), entries: intents })
  const dropped = dropEntries(paths.store, entries, run)
  journal.append(run, { type: 'dropped', at: isoTime(clock.now()), keys: [...dropped] })
  return dropped
}

function remember({ store, ledger, paths, settings, clock }: Ground, journal: Journal, memory: Memory): void {
  const now = clock.now()
  const failures = new Map([...ledger.failures].filter(([path]) => memory.worktrees.includes(path)))
  for (const path of memory.removed) failures.delete(path)
  for (const path of memory.failed) {
    failures.set(path, { count: (failures.get(path)?.count ?? 0) + 1, lastAt: now })
  }
  const firstSeen = noteFirstSeen(store.entries, ledger, memory.clockTrusted ? now : undefined)
  writeLedger(paths.ledger, ledger, { firstSeen, failures })
  // By a wrong clock every journal would be old.
  if (memory.clockTrusted) journal.prune(now - settings.undoDays * DAY)
}
