import { isUtf8 } from 'node:buffer'
import { type BigIntStats, existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { replaceFile } from './durable-file.ts'
import { describeError, unlessMissing } from './file-error.ts'
import { fileVersion } from './file-version.ts'
import { CorruptStoreError, type StoreEntry, StoreText } from './store-text.ts'

/** A larger store cannot be claude-hooks' work; V8 could not hold one of 1 GB as text. */
const MAX_STORE_BYTES = 256 * 1024 * 1024

/** How often a write starts over when the service writes between the re-read and the rename. */
const WRITE_ATTEMPTS = 20

/** The session store as it was at one moment; `exists` is false when there is no file. */
export interface StoreSnapshot {
  readonly exists: boolean
  /** Of the file, or of an older one. */
  readonly version: string
  readonly entries: ReadonlyMap<string, StoreEntry>
}

/** @throws CorruptStoreError */
export function readStore(path: string): StoreSnapshot {
  const version = fileVersion(path)
  const read = unlessMissing(() => readWithStats(path), undefined)
  if (read === undefined) return { exists: false, version, entries: new Map() }
  return { exists: true, version, entries: parseOrCorrupt(path, read.text).entries() }
}

/**
 * Drops entries in one atomic write: re-read, cut, write beside, fsync, look once more, rename.
 * Exactly those go whose value is still `entries`' value; the file's mode and owner stay.
 *
 * Between the last look and the rename the service may still write, and that write is lost: two
 * system calls apart. The service's own mutex does not reach other processes.
 *
 * @returns the keys that were dropped
 */
export function dropEntries(path: string, entries: readonly StoreEntry[], run: string): Set<string> {
  return rewriteStore(path, run, (store) => {
    const now = store.values()
    const unchanged = entries.filter(({ key, text }) => now.get(key) === text)
    const keys = new Set(unchanged.map(({ key }) => key))
    return { keys, text: store.without(keys) }
  })
}

/**
 * Puts entries back in one atomic write, behind all others; those whose key stands in the store stay as
 * they are. A store that is gone is made anew.
 *
 * @returns the keys that were put back
 */
export function restoreEntries(
  path: string,
  entries: readonly Pick<StoreEntry, 'key' | 'text'>[],
  run: string
): Set<string> {
  if (!existsSync(path)) replaceFile(path, '{}\n', { temporary: `${path}.${run}.tmp` })
  return rewriteStore(path, run, (store) => {
    const now = store.values()
    const missing = entries.filter(({ key }) => !now.has(key))
    return { keys: new Set(missing.map(({ key }) => key)), text: store.with(missing) }
  })
}

/** One edit of the store: its new text, and the keys that it changes. */
type Edit = (store: StoreText) => { readonly text: string; readonly keys: Set<string> }

function rewriteStore(path: string, run: string, edit: Edit): Set<string> {
  // A link stays a link.
  const file = realpathSync(path)
  const temporary = join(dirname(file), `.sessions.json.${run}.tmp`)
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt += 1) {
    const { text, stats } = readWithStats(file)
    const edited = edit(parseOrCorrupt(file, text))
    if (edited.keys.size === 0) return edited.keys
    const ownership = { mode: Number(stats.mode), uid: Number(stats.uid), gid: Number(stats.gid) }
    const stillValid = () => isSame(stats, statSync(file, { bigint: true }))
    if (replaceFile(file, edited.text, { temporary, ownership, stillValid })) return edited.keys
  }
  throw new Error(`The service rewrote ${file} during each of ${WRITE_ATTEMPTS} attempts to write it`)
}

function parseOrCorrupt(path: string, text: string): StoreText {
  try {
    return new StoreText(text)
  } catch (error) {
    // The stack is what a deep value exhausts.
    if (error instanceof RangeError) throw new CorruptStoreError(path, 'is nested too deeply')
    throw new CorruptStoreError(path, `is not a JSON object (${describeError(error).slice(0, 40)}…)`)
  }
}

function readWithStats(path: string): { text: string; stats: BigIntStats } {
  const stats = statSync(path, { bigint: true })
  if (stats.size > MAX_STORE_BYTES) throw new CorruptStoreError(path, 'is larger than 256 MiB')
  const bytes = readFileSync(path)
  if (!isUtf8(bytes)) throw new CorruptStoreError(path, 'is not valid UTF-8')
  return { text: bytes.toString('utf8'), stats }
}

const isSame = (one: BigIntStats, other: BigIntStats): boolean =>
  one.ino === other.ino &&
  one.dev === other.dev &&
  one.size === other.size &&
  one.mtimeNs === other.mtimeNs &&
  one.ctimeNs === other.ctimeNs
