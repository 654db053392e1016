import type { ArtifactType } from '../domain/artifact.ts'
import type { Registration } from './registration.ts'
import type { RescueRecord } from './rescue-record.ts'

/** A worktree's removal as it was meant: enough to finish it, or to take it back. */
export interface RemovalIntent {
  readonly type: 'remove'
  readonly at: string
  /** The trash slot's name, unique for ever. */
  readonly slot: string
  readonly path: string
  readonly reason: string
  readonly registration: Registration
  readonly identity: Identity
}

/** A cache clone about to be moved aside; `set-aside` once it is whole in its slot and nobody is in it. */
export interface CloneIntent {
  readonly type: 'set-clone-aside'
  readonly at: string
  readonly slot: string
  readonly path: string
  readonly reason: string
  readonly identity: Identity
  /** Its size on disk. */
  readonly bytes: number
}

/** How it went on: `expired` when it is about to be deleted, and so can be brought back no more. */
interface CloneOutcome {
  readonly type: 'set-aside' | 'expired'
  readonly at: string
  readonly slot: string
}

/** A cache clone about to be moved back: that is one rename. */
interface CloneReturn {
  readonly type: 'undo-clone'
  readonly at: string
  /** The undo's own, as in `undone`; it has nothing in the trash. */
  readonly slot: string
  readonly of: string
  readonly path: string
}

/** A local branch and its tip. */
export interface Branch {
  readonly ref: string
  readonly tip: string
}

/** A worktree's rescue is whole: from here on its removal may go on. */
export interface RescueDone {
  readonly type: 'rescued'
  readonly at: string
  readonly slot: string
  readonly ref: string
  readonly commit: string
  /** The branch that it was on; null when HEAD was detached. */
  readonly branch: Branch | null
  readonly head: string
  /** The tree of the index. */
  readonly staged: string
  readonly record: RescueRecord
  /** What of it no remote has; null when a remote has all. */
  readonly holds: string | null
  /** Ignored paths that a build makes anew and that were not saved, with their size in bytes. */
  readonly left: readonly { readonly path: string; readonly bytes: number }[]
}

/** How a removal went on: `decided` once it is registered no more; `done`, or `restored` to where it was. */
interface RemovalOutcome {
  readonly type: 'decided' | 'done' | 'restored'
  readonly at: string
  readonly slot: string
}

/** Session entries about to be cut out, with their values; `dropped` names those that were. */
interface DropIntent {
  readonly type: 'drop'
  readonly at: string
  readonly entries: readonly { readonly key: string; readonly text: string; readonly reason: string }[]
}

interface DropOutcome {
  readonly type: 'dropped'
  readonly at: string
  readonly keys: readonly string[]
}

/** A removed worktree about to be brought back: enough to finish that, or to take it back. */
export interface UndoIntent {
  readonly type: 'undo'
  readonly at: string
  /** The trash slot in which it is made anew. */
  readonly slot: string
  /** The slot of the removal. */
  readonly of: string
  readonly path: string
  /** Where it will be registered: the old admin directory's name can be taken. */
  readonly registration: Registration
  readonly branch: Branch | null
}

/** Which directory it is, whatever stands at its path later. */
export interface Identity {
  readonly dev: number
  readonly ino: number
}

/** A worktree or cache clone is back, as this directory. */
interface Undone {
  readonly type: 'undone'
  readonly at: string
  readonly slot: string
  readonly identity: Identity
}

/** How bringing back went on: made anew and about to take its place; or about to be taken back, and taken back. */
interface UndoOutcome {
  readonly type: 'made' | 'withdrawing' | 'withdrawn'
  readonly at: string
  readonly slot: string
}

/** Session entries about to be put back; `restored-sessions` names those that were. */
interface SessionsIntent {
  readonly type: 'restore-sessions'
  readonly at: string
  readonly of: string
  readonly keys: readonly string[]
}

interface SessionsOutcome {
  readonly type: 'restored-sessions'
  readonly at: string
  readonly keys: readonly string[]
}

/** Artifacts of one type below one directory about to go, each without a record of its own; then how many went. */
interface ArtifactsIntent {
  readonly type: 'artifacts'
  readonly at: string
  readonly path: string
  readonly artifact: ArtifactType
  readonly days: number
}

interface ArtifactsOutcome {
  readonly type: 'swept-artifacts'
  readonly at: string
  readonly path: string
  readonly artifact: ArtifactType
  readonly removed: number
  readonly bytes: number
}

export type JournalRecord =
  | ArtifactsIntent
  | ArtifactsOutcome
  | CloneIntent
  | CloneOutcome
  | CloneReturn
  | UndoIntent
  | UndoOutcome
  | Undone
  | SessionsIntent
  | SessionsOutcome
  | RemovalIntent
  | RescueDone
  | RemovalOutcome
  | DropIntent
  | DropOutcome
