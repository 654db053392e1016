import { isoTime } from '../domain/time.ts'
import type { Journal } from '../host/journal.ts'
import { resetSession } from '../host/reset-session.ts'
import { dropEntries, readStore } from '../host/store.ts'
import type { StoreEntry } from '../host/store-text.ts'
import type { SessionDrop } from '../pass/ports.ts'
import type { Ground } from './wiring.ts'

/**
 * Drops sessions: where there is a service to ask, and it may be asked, by its own hand; all others, and
 * what it refused, in one write of the file.
 *
 * @param warn told once when the service does not do it
 * @returns the keys that went
 */
export async function dropSessions(
  ground: Ground,
  journal: Journal,
  run: string,
  drops: readonly SessionDrop[],
  warn: (text: string) => void
): Promise<Set<string>> {
  const { paths, store, clock } = ground
  const entries = drops.flatMap(({ session }) => store.entries.get(session.text) ?? [])
  const reasons = new Map(drops.map(({ session, decision }) => [session.text, decision.reason]))
  const intents = entries.map(({ key, text }) => ({ key, text, reason: reasons.get(key) ?? 'closed' }))
  journal.append(run, { type: 'drop', at: isoTime(clock.now()), entries: intents })
  const asked = await resetAll(ground, drops, warn)
  const dropped = dropEntries(paths.store, entries, run)
  const left = asked.size === 0 ? undefined : readStore(paths.store).entries
  for (const key of asked) if (left?.has(key) === false) dropped.add(key)
  journal.append(run, { type: 'dropped', at: isoTime(clock.now()), keys: [...dropped] })
  return dropped
}

/** The keys that the service says it dropped. */
async function resetAll(
  { settings, paths, store }: Ground,
  drops: readonly SessionDrop[],
  warn: (text: string) => void
): Promise<Set<string>> {
  const done = new Set<string>()
  const base = settings.serviceUrl
  if (base === null) return done
  let warned = false
  for (const { session, throughService } of drops) {
    if (!throughService || session.key === null) continue
    if (!isUnchanged(paths.store, store.entries.get(session.text))) continue
    const refusal = await resetSession(base, session.key, settings.apiTimeoutMs)
    if (refusal === undefined) done.add(session.text)
    else if (!warned)
      warn(`The service did not drop ${session.text} (${refusal.why}): sessions.json is written instead`)
    warned ||= refusal !== undefined
    if (refusal?.unreachable === true) break
  }
  return done
}

/** What the service wrote since it was decided on is in use. */
const isUnchanged = (path: string, entry: StoreEntry | undefined): boolean =>
  entry !== undefined && readStore(path).entries.get(entry.key)?.text === entry.text
