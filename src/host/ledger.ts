import { readFileSync } from 'node:fs'
import type { GoneRepos } from '../domain/gone-repos.ts'
import type { Failures } from '../domain/guard-removal.ts'
import type { Turns } from '../domain/turns.ts'
import { replaceFile } from './durable-file.ts'
import { unlessMissing } from './file-error.ts'

/** What the sweeper remembers from pass to pass. */
export interface Ledger {
  /** When a session without a readable time was first seen, by key, with this value. */
  readonly firstSeen: ReadonlyMap<string, FirstSeen>
  /** Removals that failed, by the worktree's path. */
  readonly failures: ReadonlyMap<string, Failures>
  /** What an undo brought back, by a session's key or a worktree's path. */
  readonly broughtBack: ReadonlyMap<string, BroughtBackNote>
  /** Since when a run's journal and rescues are kept, by a clock that Forgejo confirmed. */
  readonly keptSince: ReadonlyMap<string, { readonly at: number }>
  /** Since when the repos of cache clones are gone, by the faster of both clocks. */
  readonly goneRepos: GoneRepos
  /** Which Forgejo said so: its URL without a user or password; null when none did. */
  readonly goneFrom: string | null
  /** Which entries were asked about when, while passes do not get to all of them. */
  readonly turns: Turns
}

interface BroughtBackNote {
  readonly at: number
  /** The session's value; null for a worktree. */
  readonly value: string | null
}

const EMPTY: Ledger = {
  firstSeen: new Map(),
  failures: new Map(),
  broughtBack: new Map(),
  keptSince: new Map(),
  goneRepos: new Map(),
  goneFrom: null,
  turns: new Map()
}

export interface FirstSeen {
  readonly at: number
  /** The entry's value as it was written: a session that changes is a new one. */
  readonly value: string
}

/** The ledger; empty when there is none or it cannot be understood: then ages start anew. */
export function readLedger(path: string): { ledger: Ledger; intact: boolean } {
  const text = unlessMissing(() => readFileSync(path, 'utf8'), undefined)
  if (text === undefined) return { ledger: EMPTY, intact: true }
  try {
    return { ledger: parseLedger(JSON.parse(text)), intact: true }
  } catch {
    return { ledger: EMPTY, intact: false }
  }
}

function parseLedger(value: unknown): Ledger {
  const fields = new Map(Object.entries(value ?? {}))
  const goneFrom = fields.get('goneFrom')
  return {
    firstSeen: parseRecords(fields.get('firstSeen'), ({ at, value: text }) =>
      typeof at === 'number' && typeof text === 'string' ? { at, value: text } : undefined
    ),
    failures: parseRecords(fields.get('failures'), ({ count, lastAt }) =>
      typeof count === 'number' && typeof lastAt === 'number' ? { count, lastAt } : undefined
    ),
    broughtBack: parseRecords(fields.get('broughtBack') ?? {}, ({ at, value: text }) =>
      typeof at === 'number' && (typeof text === 'string' || text === null) ? { at, value: text } : undefined
    ),
    keptSince: parseRecords(fields.get('keptSince') ?? {}, parseAt),
    goneRepos: parseRecords(fields.get('goneRepos') ?? {}, parseAt),
    goneFrom: typeof goneFrom === 'string' ? goneFrom : null,
    turns: parseTurns(fields.get('turns') ?? {})
  }
}

const parseAt = ({ at }: Record<string, unknown>) => (typeof at === 'number' ? { at } : undefined)

function parseRecords<T>(
  value: unknown,
  parse: (fields: Record<string, unknown>) => T | undefined
): Map<string, T> {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object')
  const records = new Map<string, T>()
  for (const [name, fields] of Object.entries(value)) {
    const record = parse(fields as Record<string, unknown>)
    if (record !== undefined) records.set(name, record)
  }
  return records
}

const parseTurns = (value: unknown): Turns =>
  new Map(Object.entries(value ?? {}).filter(([, turn]) => Number.isSafeInteger(turn) && turn > 0))

/** Writes the ledger, unless it says what it said before. */
export function writeLedger(path: string, before: Ledger, after: Ledger): void {
  const text = serialize(after)
  if (text !== serialize(before)) replaceFile(path, `${text}\n`, { temporary: `${path}.tmp` })
}

/** By which name a Forgejo is known in it. */
export const forgejoName = ({ origin, pathname }: URL): string => `${origin}${pathname.replace(/\/*$/, '/')}`

const serialize = ({
  firstSeen,
  failures,
  broughtBack,
  keptSince,
  goneRepos,
  goneFrom,
  turns
}: Ledger): string =>
  JSON.stringify({
    version: 1,
    firstSeen: fromMap(firstSeen),
    failures: fromMap(failures),
    broughtBack: fromMap(broughtBack),
    keptSince: fromMap(keptSince),
    goneRepos: fromMap(goneRepos),
    goneFrom,
    turns: fromMap(turns)
  })

/** Keys are any text, `__proto__` too: `Object.fromEntries` defines, it does not assign. */
const fromMap = <T>(map: ReadonlyMap<string, T>): Record<string, T> => Object.fromEntries(map)
