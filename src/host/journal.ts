import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { syncDirectory, writeAll } from './durable-file.ts'
import { unlessMissing } from './file-error.ts'
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
export interface RemovalOutcome {
  readonly type: 'decided' | 'done' | 'restored'
  readonly at: string
  readonly slot: string
}

/** Session entries about to be cut out, with their values; `dropped` names those that were. */
export interface DropIntent {
  readonly type: 'drop'
  readonly at: string
  readonly entries: readonly { readonly key: string; readonly text: string; readonly reason: string }[]
}

export interface DropOutcome {
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

/** A worktree is back, as this directory. */
export interface Undone {
  readonly type: 'undone'
  readonly at: string
  readonly slot: string
  readonly identity: Identity
}

/** How bringing back went on: made anew and about to take its place; or about to be taken back, and taken back. */
export interface UndoOutcome {
  readonly type: 'made' | 'withdrawing' | 'withdrawn'
  readonly at: string
  readonly slot: string
}

/** Session entries about to be put back; `restored-sessions` names those that were. */
export interface SessionsIntent {
  readonly type: 'restore-sessions'
  readonly at: string
  readonly of: string
  readonly keys: readonly string[]
}

export interface SessionsOutcome {
  readonly type: 'restored-sessions'
  readonly at: string
  readonly keys: readonly string[]
}

export type JournalRecord =
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

/** Written ahead: each record is on disk before the change that it speaks of is made. */
export class Journal {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Appends to a run's journal and waits until it is on disk. */
  append(run: string, record: JournalRecord): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const file = openSync(join(this.#directory, `${run}.ndjson`), 'a+', 0o600)
    const { size } = fstatSync(file)
    try {
      // A record that a full disk or a kill cut short must not swallow this one.
      const start = size > 0 && lastByte(file, size) !== NEWLINE ? '\n' : ''
      writeAll(file, Buffer.from(`${start}${JSON.stringify(record)}\n`))
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    if (size > 0) return
    syncDirectory(this.#directory)
    syncDirectory(dirname(this.#directory))
  }

  /** A run's records; a last line that a kill cut off is left out. */
  read(run: string): JournalRecord[] {
    const text = unlessMissing(() => readFileSync(join(this.#directory, `${run}.ndjson`), 'utf8'), '')
    return text
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => parseRecord(line))
  }

  /** The runs that changed something, oldest first. */
  runs(): string[] {
    const names = unlessMissing(() => readdirSync(this.#directory), [])
    return names.flatMap((name) => /^(\d{8}T\d{6}Z-[0-9a-f]{4})\.ndjson$/.exec(name)?.[1] ?? []).sort()
  }

  remove(run: string): void {
    rmSync(join(this.#directory, `${run}.ndjson`))
  }
}

/** When a run started, in milliseconds since 1970, by its id. */
export function startOf(run: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(run) ?? []
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
}

const NEWLINE = 0x0a

function lastByte(file: number, size: number): number | undefined {
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, size - 1)
  return byte[0]
}

/** A line that was cut short is no record. */
function parseRecord(line: string): JournalRecord[] {
  try {
    return [JSON.parse(line) as JournalRecord]
  } catch {
    return []
  }
}
