import type { Change, DroppedSession, RunChanges } from '../domain/changes.ts'
import type { Journal } from './journal.ts'
import type { Identity, JournalRecord, RemovalIntent, RescueDone } from './journal-records.ts'

/** A removal that went through, or was killed when all was rescued. */
export interface Removed {
  readonly intent: RemovalIntent
  readonly rescued: RescueDone
}

/** Every run that the journal still knows, oldest first. */
export const readRuns = (journal: Journal): RunChanges[] =>
  journal.runs().flatMap((run) => readRun(journal, run) ?? [])

/** What a run changed; undefined when it changed nothing. */
export function readRun(journal: Journal, run: string): RunChanges | undefined {
  const records = journal.read(run)
  const [first] = records
  if (first === undefined) return undefined
  const changes: Change[] = [...removalsIn(records).map(removedWorktree), ...dropsIn(records)]
  return { run, at: first.at, changes: [...changes, ...broughtBackIn(records)] }
}

/** The removals of a run that were not taken back. */
export function removalsIn(records: readonly JournalRecord[]): Removed[] {
  const restored = new Set(records.flatMap((record) => (record.type === 'restored' ? record.slot : [])))
  const intents = records.filter((record) => record.type === 'remove')
  return intents.flatMap((intent) => {
    const rescued = records.find((record) => record.type === 'rescued' && record.slot === intent.slot)
    return rescued?.type === 'rescued' && !restored.has(intent.slot) ? [{ intent, rescued }] : []
  })
}

function removedWorktree({ intent, rescued }: Removed): Change {
  const { slot, path, reason } = intent
  const { ref, holds, left } = rescued
  return { kind: 'worktree', slot, path, reason, rescue: ref, holds, left }
}

/** The sessions that went; of a drop whose outcome a kill cut off, all that were about to. */
function dropsIn(records: readonly JournalRecord[]): DroppedSession[] {
  return records.flatMap((record, index) => {
    if (record.type !== 'drop') return []
    const outcome = records.slice(index).find(({ type }) => type === 'dropped')
    const gone = outcome?.type === 'dropped' ? new Set(outcome.keys) : undefined
    const entries = record.entries.filter(({ key }) => gone?.has(key) ?? true)
    return entries.map(({ key, text, reason }) => ({ kind: 'session', key, text, reason }) as const)
  })
}

function broughtBackIn(records: readonly JournalRecord[]): Change[] {
  const undone = new Set(records.flatMap((record) => (record.type === 'undone' ? record.slot : [])))
  return records.flatMap((record, index): Change[] => {
    if (record.type === 'undo' && undone.has(record.slot)) {
      return [{ kind: 'brought-back', name: record.path, of: record.of.split('.')[0] ?? '' }]
    }
    if (record.type !== 'restore-sessions') return []
    const outcome = records.slice(index).find(({ type }) => type === 'restored-sessions')
    const keys = outcome?.type === 'restored-sessions' ? outcome.keys : []
    return keys.map((name) => ({ kind: 'brought-back', name, of: record.of }))
  })
}

/** The worktrees that passes took away and that no undo has brought back, oldest first. */
export const removedWorktrees = (journal: Journal) =>
  journal.runs().flatMap((run) =>
    removalsIn(journal.read(run))
      .filter(({ intent }) => broughtBackAs(journal, intent.slot) === undefined)
      .map(({ intent: { path }, rescued: { ref: rescue, holds } }) => ({ run, path, rescue, holds }))
  )

/** As which directory an undo has brought back what this removal took; undefined when none has. */
export function broughtBackAs(journal: Journal, slot: string): Identity | undefined {
  for (const run of runsAfter(journal, slot.split('.')[0] ?? '').reverse()) {
    const records = journal.read(run)
    const slots = records.flatMap((record) =>
      record.type === 'undo' && record.of === slot ? record.slot : []
    )
    const undone = records.find((record) => record.type === 'undone' && slots.includes(record.slot))
    if (undone?.type === 'undone') return undone.identity
  }
  return undefined
}

/** A later run that took away again what stood at this path, and has it still; undefined for none. */
export const removedAgainBy = (journal: Journal, run: string, path: string): string | undefined =>
  runsAfter(journal, run).find((later) =>
    removalsIn(journal.read(later)).some(
      ({ intent }) => intent.path === path && broughtBackAs(journal, intent.slot) === undefined
    )
  )

const runsAfter = (journal: Journal, run: string): string[] => journal.runs().filter((one) => one > run)
