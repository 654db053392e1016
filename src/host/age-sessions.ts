import { type Fact, known, type Repo, repoText } from '../domain/fact.ts'
import { parseSessionKey, type SessionKey } from '../domain/names.ts'
import type { Session } from '../domain/state.ts'
import { ageAt } from '../domain/time.ts'
import type { FirstSeen, Ledger } from './ledger.ts'
import type { StoreEntry } from './store-text.ts'

type Entries = ReadonlyMap<string, StoreEntry>

/** When a session last gave a sign of life. */
type HeartbeatOf = (key: SessionKey | null, text: string) => Fact<number | null>

const NO_HEARTBEAT = known(null)

/** The store's entries as sessions. One without a readable time is as old as the ledger knows its value. */
export function ageSessions(
  entries: Entries,
  ledger: Ledger,
  now: number,
  heartbeatOf: HeartbeatOf = () => NO_HEARTBEAT
): Session[] {
  const parse = sharingParser()
  return Array.from(entries.values(), (entry) => {
    const time = entry.time ?? firstSeen(entry, ledger)?.at ?? now
    const key = parse(entry.key)
    return { text: entry.key, key, ageMs: ageAt(now, time), heartbeatMs: heartbeatOf(key, entry.key) }
  })
}

/** Parses keys; those of one agent or repo share it: 100,000 sessions have a handful of each. */
function sharingParser(): (text: string) => SessionKey | null {
  const agents = new Map<string, string>()
  const repos = new Map<string, Repo>()
  return (text) => {
    const key = parseSessionKey(text)
    if (key === undefined) return null
    const { agent, repo, number } = key
    return { agent: shared(agents, agent, agent), repo: shared(repos, repoText(repo), repo), number }
  }
}

function shared<T>(known: Map<string, T>, name: string, value: T): T {
  const first = known.get(name)
  if (first === undefined) known.set(name, value)
  return first ?? value
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
