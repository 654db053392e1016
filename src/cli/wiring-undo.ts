import { lstatSync } from 'node:fs'
import type { DroppedSession, RemovedWorktree, SetAsideClone } from '../domain/changes.ts'
import type { BroughtBack } from '../domain/outcome.ts'
import { isoTime } from '../domain/time.ts'
import { bringBack } from '../host/bring-back.ts'
import { bringCloneBack } from '../host/bring-clone-back.ts'
import type { Journal } from '../host/journal.ts'
import type { Identity } from '../host/journal-records.ts'
import { readLedger, writeLedger } from '../host/ledger.ts'
import type { RemovalTools } from '../host/removal-tools.ts'
import {
  clonesIn,
  type Removed,
  readSince,
  removalsIn,
  type Since,
  waitingClones
} from '../host/run-changes.ts'
import type { StatePaths } from '../host/state-dir.ts'
import { readStore, restoreEntries } from '../host/store.ts'
import type { UndoHands } from '../pass/undo.ts'

export interface UndoGround {
  readonly paths: StatePaths
  readonly journal: Journal
  /** Undefined when there is no cache directory. */
  readonly tools: RemovalTools | undefined
  readonly now: () => number
  /** This run, and the one that is undone. */
  readonly run: string
  readonly of: string
}

/** What the journal tells of the run, by the slots of its removals, and of what came after. */
interface Past {
  readonly removals: ReadonlyMap<string, Removed>
  readonly since: Since
}

/** The hands of one undo. What comes back is noted, so that the next pass leaves it alone. */
export function wireUndo(ground: UndoGround): Pick<UndoHands, 'bringBack' | 'restoreSessions'> {
  const removals = removalsIn(ground.journal.read(ground.of))
  const past = {
    removals: new Map(removals.map((removed) => [removed.intent.slot, removed])),
    since: readSince(ground.journal, ground.of)
  }
  let slots = 0
  return {
    bringBack: async (removed) => {
      slots += 1
      const slot = `${ground.run}.${slots}`
      return removed.kind === 'worktree'
        ? bringWorktreeBack(ground, past, removed, slot)
        : bringAsideBack(ground, removed, slot)
    },
    restoreSessions: (dropped) => restoreSessions(ground, dropped)
  }
}

async function bringWorktreeBack(
  ground: UndoGround,
  { removals, since }: Past,
  { slot: removal, path }: RemovedWorktree,
  slot: string
): Promise<BroughtBack> {
  const { tools, run } = ground
  const found = removals.get(removal)
  if (tools === undefined || found === undefined)
    return { kind: 'failed', why: 'the cache directory is gone' }
  if (isThere(path, since.broughtBack.get(removal))) return { kind: 'already' }
  const later = since.removedAgain.get(path)
  if (later !== undefined) return { kind: 'left', why: `the run ${later} took a newer one away: undo that` }
  // Ahead: the pass that ends a killed undo must know already that the worktree came back.
  const forget = note(ground, [[path, null]])
  const outcome = await bringBack(tools, { run, slot, ...found })
  if (outcome.kind === 'left') forget()
  return outcome
}

function bringAsideBack(ground: UndoGround, { slot: aside, path }: SetAsideClone, slot: string): BroughtBack {
  const { tools, journal, run, of } = ground
  const intent = clonesIn(journal.read(of)).find((one) => one.slot === aside)
  if (tools === undefined || intent === undefined) return { kind: 'failed', why: 'it is gone' }
  const later = waitingClones(journal).find((one) => one.path === path && one.run > of)
  if (later !== undefined && !isThere(path, intent.identity))
    return { kind: 'left', why: `the run ${later.run} took a newer one away: undo that` }
  // Ahead, as for a worktree.
  const forget = note(ground, [[path, null]])
  const outcome = bringCloneBack(tools, run, slot, intent)
  if (outcome.kind === 'left') forget()
  return outcome
}

/** Whether this very directory stands at a path. */
function isThere(path: string, identity: Identity | undefined): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && stats.dev === identity?.dev && stats.ino === identity.ino
}

function restoreSessions(
  { paths, journal, now, run, of }: UndoGround,
  dropped: readonly DroppedSession[]
): BroughtBack[] {
  const before = readStore(paths.store).entries
  const missing = dropped.filter(({ key }) => !before.has(key))
  const keys = missing.map(({ key }) => key)
  if (keys.length > 0) journal.append(run, { type: 'restore-sessions', at: isoTime(now()), of, keys })
  note(
    { paths, now },
    missing.map(({ key, text }) => [key, text])
  )
  const back = keys.length > 0 ? restoreEntries(paths.store, missing, run) : new Set<string>()
  if (keys.length > 0) journal.append(run, { type: 'restored-sessions', at: isoTime(now()), keys: [...back] })
  return dropped.map(({ key, text }): BroughtBack => {
    if (back.has(key)) return { kind: 'back' }
    if (before.get(key)?.text === text) return { kind: 'already' }
    return { kind: 'left', why: 'a newer session has its key' }
  })
}

/** Notes what comes back, by name and value. @returns what takes the notes back */
function note(
  { paths, now }: Pick<UndoGround, 'paths' | 'now'>,
  names: readonly (readonly [string, string | null])[]
): () => void {
  const { ledger } = readLedger(paths.ledger)
  const notes = names.map(([name, value]) => [name, { at: now(), value }] as const)
  const noted = { ...ledger, broughtBack: new Map([...ledger.broughtBack, ...notes]) }
  writeLedger(paths.ledger, ledger, noted)
  return () => writeLedger(paths.ledger, noted, ledger)
}
