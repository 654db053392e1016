import { parseSessionKey } from '../domain/names.ts'
import type { Session } from '../domain/state.ts'
import { ageAt } from '../domain/time.ts'
import type { FirstSeen, Ledger } from './ledger.ts'
import type { StoreEntry } from './store-text.ts'

type Entries = ReadonlyMap<string, StoreEntry>

/** The store's entries as sessions. One without a readable time is as old as the ledger knows its value. */
export function ageSessions(entries: Entries, ledger: Ledger, now: number): Session[] {
  return [...entries.values()].map((entry) => {
    const time = entry.time ?? firstSeen(entry, ledger)?.at ?? now
    return { text: entry.key, key: parseSessionKey(entry.key) ?? null, ageMs: ageAt(now, time) }
  })
}

function firstSeen({ key, text }: StoreEntry, { firstSeen: seen }: Ledger): FirstSeen | undefined {
  const record = seen.get(key)
  return record?.value === text ? record : undefined
}

/**
 * What the ledger should know of the entries without a readable time.
 *
 * @param now undefined while this machine's clock is not to be trusted: then nothing new is noted
 */
export function noteFirstSeen(
  entries: Entries,
  ledger: Ledger,
  now: number | undefined
): Map<string, FirstSeen> {
  const noted = new Map<string, FirstSeen>()
  for (const entry of entries.values()) {
    if (entry.time !== null) continue
    const before = firstSeen(entry, ledger)
    if (before !== undefined) noted.set(entry.key, before)
    else if (now !== undefined) noted.set(entry.key, { at: now, value: entry.text })
  }
  return noted
}
