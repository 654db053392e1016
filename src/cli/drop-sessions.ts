import { isoTime } from '../domain/time.ts'
import { describeError } from '../host/file-error.ts'
import type { Journal } from '../host/journal.ts'
import { resetSession } from '../host/reset-session.ts'
import { dropEntries, readStore, type StoreSnapshot } from '../host/store.ts'
import type { StoreEntry } from '../host/store-text.ts'
import { listPaths } from '../host/worktrees.ts'
import type { DroppedSessions, SessionDrop } from '../pass/ports.ts'
import type { Ground } from './ground.ts'

/**
 * Drops sessions: where there is a service to ask, and it may be asked, by its own hand; all others, and
 * what it refused, in one write of the file.
 *
 * @param warn told once when the service does not do it
 */
export async function dropSessions(
  ground: Ground,
  journal: Journal,
  run: string,
  drops: readonly SessionDrop[],
  warn: (text: string) => void
): Promise<DroppedSessions> {
  const { paths, store, clock } = ground
  const entries = drops.flatMap(({ session }) => store.entries.get(session.text) ?? [])
  for (let at = 0; at < drops.length; at += NOTED_AT_ONCE) {
    const intents = drops.slice(at, at + NOTED_AT_ONCE).flatMap(intentOf(store))
    journal.append(run, { type: 'drop', at: isoTime(clock.now()), entries: intents })
  }
  const asked = await resetAll(ground, drops, warn)
  const dropped = dropRest(paths.store, entries, asked, run)
  journal.append(run, { type: 'dropped', at: isoTime(clock.now()), keys: [...dropped.gone] })
  return dropped
}

/** Values hold any text: a record of 100,000 would be held three times while it is written. */
const NOTED_AT_ONCE = 5_000

const intentOf =
  ({ entries }: StoreSnapshot) =>
  ({ session, decision }: SessionDrop) => {
    const entry = entries.get(session.text)
    return entry === undefined ? [] : { key: entry.key, text: entry.text, reason: decision.reason }
  }

/** Asks the service for one session after the other; returns the keys that it was asked for. */
async function resetAll(
  { settings, paths, store, root }: Ground,
  drops: readonly SessionDrop[],
  warn: (text: string) => void
): Promise<Set<string>> {
  const asked = new Set<string>()
  const base = settings.serviceUrl
  if (base === null) return asked
  let warned = false
  for (const { session, throughService, beside } of drops) {
    if (!throughService || session.key === null) continue
    if (root !== undefined && listPaths(root, session.key.agent).some((path) => !beside.has(path))) continue
    if (!isUnchanged(paths.store, store.entries.get(session.text))) continue
    asked.add(session.text)
    const refusal = await resetSession(base, session.key, settings.apiTimeoutMs)
    if (refusal === undefined) continue
    if (!warned)
      warn(`The service did not drop ${session.text} (${refusal.why}): sessions.json is written instead`)
    warned = true
    if (refusal.unreachable) break
  }
  return asked
}

/** What the service wrote since it was decided on is in use. */
const isUnchanged = (path: string, entry: StoreEntry | undefined): boolean =>
  entry !== undefined && readStore(path).entries.get(entry.key)?.text === entry.text

/**
 * Writes the file without what still stands in it. Of what the service was asked for, the file tells what
 * is gone: the answer may be wrong, or may have got lost once the session was dropped.
 */
function dropRest(
  path: string,
  entries: readonly StoreEntry[],
  asked: ReadonlySet<string>,
  run: string
): DroppedSessions {
  const { gone, fault } = writeWithout(path, entries, asked.size > 0, run)
  const left = asked.size === 0 ? undefined : readStore(path).entries
  return { gone: new Set([...gone, ...[...asked].filter((key) => left?.has(key) === false)]), fault }
}

/** @throws what kept the file from being written, unless the service was asked before */
function writeWithout(
  path: string,
  entries: readonly StoreEntry[],
  wasAsked: boolean,
  run: string
): DroppedSessions {
  try {
    return { gone: dropEntries(path, entries, run), fault: null }
  } catch (error) {
    if (!wasAsked) throw error
    return { gone: new Set(), fault: describeError(error) }
  }
}
