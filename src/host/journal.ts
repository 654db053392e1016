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

/** A worktree's removal as it was meant: enough to finish it, or to take it back. */
export interface RemovalIntent {
  readonly type: 'remove'
  readonly at: string
  /** The trash slot's name, unique for ever. */
  readonly slot: string
  readonly path: string
  readonly reason: string
  readonly registration: Registration
  /** The local branch and its tip; null when HEAD was detached. */
  readonly branch: { readonly ref: string; readonly tip: string } | null
  readonly head: string
}

/** How a removal ended: `done`, or `restored` to where it was. */
export interface RemovalOutcome {
  readonly type: 'done' | 'restored'
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

export type JournalRecord = RemovalIntent | RemovalOutcome | DropIntent | DropOutcome

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

  /** Removes the journals of runs that started before a time, in milliseconds since 1970. */
  prune(before: number): void {
    for (const name of unlessMissing(() => readdirSync(this.#directory), [])) {
      const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-/.exec(name) ?? []
      const started = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
      if (started < before) rmSync(join(this.#directory, name))
    }
  }
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
