import type { Change, DroppedSession, RunChanges } from '../domain/changes.ts'
import type { Journal } from './journal.ts'
import type { CloneIntent, Identity, JournalRecord, RemovalIntent, RescueDone } from './journal-records.ts'

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
  const changes: Change[] = [
    ...removalsIn(records).map(removedWorktree),
    ...clonesIn(records).map(setAsideClone),
    ...dropsIn(records),
    ...artifactsIn(records)
  ]
  return { run, at: first.at, changes: [...changes, ...broughtBackIn(records)] }
}

/** The removals of a run that were not taken back. */
export function removalsIn(records: readonly JournalRecord[]): Removed[] {
  const restored = new Set(records.flatMap((record) => (record.type === 'restored' ? record.slot : [])))
  const rescues = new Map(
    records.flatMap((record) => (record.type === 'rescued' ? [[record.slot, record]] : []))
  )
  const intents = records.filter((record) => record.type === 'remove')
  return intents.flatMap((intent) => {
    const rescued = rescues.get(intent.slot)
    return rescued !== undefined && !restored.has(intent.slot) ? [{ intent, rescued }] : []
  })
}

function removedWorktree({ intent, rescued }: Removed): Change {
  const { slot, path, reason } = intent
  const { ref, holds, left } = rescued
  return { kind: 'worktree', slot, path, reason, rescue: ref, holds, left }
}

/**
 * The cache clones that a run moved aside and that were neither taken back nor have expired: one that is about to be
 * deleted never comes back.
 */
export function clonesIn(records: readonly JournalRecord[]): CloneIntent[] {
  const slotsOf = (...types: JournalRecord['type'][]) =>
    new Set(records.flatMap((one) => ('slot' in one && types.includes(one.type) ? one.slot : [])))
  const [aside, over] = [slotsOf('set-aside'), slotsOf('restored', 'expired')]
  return records
    .filter((record) => record.type === 'set-clone-aside')
    .filter(({ slot }) => aside.has(slot) && !over.has(slot))
}

const setAsideClone = ({ slot, path, reason, bytes }: CloneIntent): Change => ({
  kind: 'cache-clone',
  slot,
  path,
  reason,
  bytes
})

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

/** Artifacts that went; their number is unknown where a kill came before it was written. */
function artifactsIn(records: readonly JournalRecord[]): Change[] {
  const counts = records.filter((record) => record.type === 'swept-artifacts')
  return records.flatMap((record): Change[] => {
    if (record.type !== 'artifacts') return []
    const { path, artifact: type } = record
    const count = counts.find((one) => one.path === path && one.artifact === type)
    return [{ kind: 'artifacts', path, type, removed: count?.removed ?? null, bytes: count?.bytes ?? null }]
  })
}

function broughtBackIn(records: readonly JournalRecord[]): Change[] {
  const undone = new Set(records.flatMap((record) => (record.type === 'undone' ? record.slot : [])))
  return records.flatMap((record, index): Change[] => {
    if ((record.type === 'undo' || record.type === 'undo-clone') && undone.has(record.slot)) {
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
  readRemovals(journal, '').gone.map(({ run, intent, rescued }) => {
    const { ref: rescue, holds } = rescued
    return { run, path: intent.path, rescue, holds }
  })

/** The cache clones that wait in the trash, oldest first. */
export function waitingClones(journal: Journal) {
  const runs = journal.runs().map((run) => ({ run, records: journal.read(run) }))
  const back = new Set(runs.flatMap(({ records }) => returnsIn(records)))
  return runs.flatMap(({ run, records }) =>
    clonesIn(records).flatMap(({ slot, path, bytes }) => (back.has(slot) ? [] : { run, path, bytes }))
  )
}

/** The slots of the clones that an undo moved back. */
function returnsIn(records: readonly JournalRecord[]): string[] {
  const undone = new Set(records.flatMap((record) => (record.type === 'undone' ? record.slot : [])))
  return records.flatMap((record) =>
    record.type === 'undo-clone' && undone.has(record.slot) ? record.of : []
  )
}

/** What became of worktrees in the runs after one. */
export interface Since {
  /** As which directory an undo has brought back what a removal took, by the removal's slot. */
  readonly broughtBack: ReadonlyMap<string, Identity>
  /** The first run that took away what stood at a path, and has it still. */
  readonly removedAgain: ReadonlyMap<string, string>
}

/** Reads the journals of all runs after one. */
export function readSince(journal: Journal, run: string): Since {
  const { gone, broughtBack } = readRemovals(journal, run)
  return { broughtBack, removedAgain: new Map(gone.reverse().map((one) => [one.intent.path, one.run])) }
}

/** The removals after a run that no undo has taken back, oldest first, and those that one has, by slot. */
function readRemovals(journal: Journal, after: string) {
  const gone = new Map<string, Removed & { readonly run: string }>()
  const broughtBack = new Map<string, Identity>()
  for (const run of journal.runs().filter((one) => one > after)) {
    const records = journal.read(run)
    for (const removed of removalsIn(records)) gone.set(removed.intent.slot, { run, ...removed })
    for (const [slot, identity] of undoneIn(records)) {
      gone.delete(slot)
      broughtBack.set(slot, identity)
    }
  }
  return { gone: [...gone.values()], broughtBack }
}

/** What came back, by the slot of its removal. */
function undoneIn(records: readonly JournalRecord[]): [slot: string, identity: Identity][] {
  const removals = new Map(
    records.flatMap((record) => (record.type === 'undo' ? [[record.slot, record.of]] : []))
  )
  return records.flatMap((record) => {
    const of = record.type === 'undone' ? removals.get(record.slot) : undefined
    return record.type === 'undone' && of !== undefined ? [[of, record.identity]] : []
  })
}
