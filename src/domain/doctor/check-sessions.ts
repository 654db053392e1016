import { repoId } from '../fact.ts'
import { parseSessionKey } from '../names.ts'
import { newestTime } from '../time.ts'
import { type Check, ok, warning, wrong } from './check.ts'

/** The session store as it was read, or why it was not. */
export type StoreFacts =
  | { readonly kind: 'read'; readonly entries: readonly StoreEntryFacts[] }
  | { readonly kind: 'absent' }
  | { readonly kind: 'corrupt'; readonly why: string }
  | { readonly kind: 'unusable'; readonly why: string }

interface StoreEntryFacts {
  readonly key: string
  readonly value: unknown
}

/** How many wrong keys are named. */
const NAMED = 3

/** A line for the store, and one for its keys. */
export function checkSessions(path: string, store: StoreFacts): Check[] {
  const name = 'session store'
  switch (store.kind) {
    case 'absent': {
      const advice = "is CLAUDE_HOOKS_STATE_DIR the service's directory, and this user the service's?"
      return [warning(name, `there is no ${path}, so there is no session`, advice)]
    }
    case 'corrupt':
      return [wrong(name, store.why, `restore ${path} or move it away`, 65)]
    case 'unusable':
      return [wrong(name, `${path} cannot be read (${store.why})`, 'check its owner and mode', 78)]
    case 'read':
      return [ok(name, describeEntries(store.entries)), checkKeys(store.entries.map(({ key }) => key))]
  }
}

/** `12 entries: 3 plain ids, 9 objects with an id; 7 with a time` */
function describeEntries(entries: readonly StoreEntryFacts[]): string {
  const counts = new Map<string, number>()
  for (const { value } of entries) counts.set(formOf(value), (counts.get(formOf(value)) ?? 0) + 1)
  const forms = [...counts].map(([form, count]) => `${count} ${form}`).join(', ')
  const timed = entries.filter(({ value }) => newestTime(value) !== null).length
  return entries.length === 0 ? 'no entries' : `${entries.length} entries: ${forms}; ${timed} with a time`
}

/** The forms that claude-hooks writes, and what else there may be. */
function formOf(value: unknown): string {
  if (typeof value === 'string') return 'plain ids'
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'of no known form'
  const hasId = ['sessionId', 'session_id', 'id'].some((name) => name in value)
  return hasId ? 'objects with an id' : 'objects without an id'
}

function checkKeys(texts: readonly string[]): Check {
  const keys = texts.flatMap((text) => parseSessionKey(text) ?? [])
  const strange = texts.filter((text) => parseSessionKey(text) === undefined)
  const agents = new Set(keys.map(({ agent }) => agent)).size
  const repos = new Set(keys.map(({ repo }) => repoId(repo))).size
  const saw = `${keys.length} of the form <agent>:<owner>/<repo>:<number>, of ${agents} agents in ${repos} repos`
  if (strange.length === 0) return ok('keys', saw)
  const named = strange.slice(0, NAMED).map((text) => JSON.stringify(text))
  const more = strange.length > NAMED ? ', …' : ''
  return warning(
    'keys',
    `${saw}; ${strange.length} are not: ${named.join(', ')}${more}`,
    'take them out of the store by hand: every pass keeps them and ends with 1'
  )
}
