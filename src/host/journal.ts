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
import type { JournalRecord } from './journal-records.ts'

/** Written ahead: each record is on disk before the change that it speaks of is made. */
export class Journal {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Appends to a run's journal and waits until it is on disk. */
  append(run: string, ...records: readonly JournalRecord[]): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
    const file = openSync(join(this.#directory, `${run}.ndjson`), 'a+', 0o600)
    const { size } = fstatSync(file)
    try {
      // A record that a full disk or a kill cut short must not swallow this one.
      const start = size > 0 && lastByte(file, size) !== NEWLINE ? '\n' : ''
      const lines = records.map((record) => `${JSON.stringify(record)}\n`)
      writeAll(file, Buffer.from(`${start}${lines.join('')}`))
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
