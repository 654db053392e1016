import type { Settings } from '../config/settings.ts'
import { idsOf } from '../domain/active-ids.ts'
import { type Fact, known, repoId } from '../domain/fact.ts'
import { transcriptPattern } from '../domain/heartbeat-pattern.ts'
import { parseSessionKey, type SessionKey } from '../domain/names.ts'
import type { Worktree } from '../domain/state.ts'
import { placeWorktree } from '../domain/world.ts'
import { Heartbeats } from '../host/heartbeats.ts'
import type { StoreSnapshot } from '../host/store.ts'
import type { StoreChanges } from '../host/store-changes.ts'

type Age = Fact<number | null>

/** The heartbeats as they are at one moment. */
export interface HeartbeatReader {
  readonly ofSession: (key: SessionKey | null, text: string) => Age
  /** The youngest of the sessions of its agent, repo and issue. */
  readonly ofWorktree: (worktree: Worktree) => Age
}

const NONE: Age = known(null)

/** Reads heartbeats where the settings say that there are any. */
export function wireHeartbeats(
  { heartbeat, claudeHomes, branchPattern }: Settings,
  store: StoreChanges
): (now: number) => HeartbeatReader {
  const patterns =
    heartbeat === null ? claudeHomes.flatMap((home) => transcriptPattern(home) ?? []) : [heartbeat]
  if (patterns.length === 0) return () => ({ ofSession: () => NONE, ofWorktree: () => NONE })
  let grouped: { of: StoreSnapshot; texts: ReadonlyMap<string, readonly string[]> } | undefined
  const textsBy = (of: StoreSnapshot) => {
    if (grouped?.of !== of) grouped = { of, texts: groupByKey(of.entries.keys()) }
    return grouped.texts
  }
  return (now) => {
    const beats = new Heartbeats(patterns, now)
    const read = store.now()
    // Without the store nobody knows whose heartbeat is whose.
    if (!read.known) return { ofSession: () => read, ofWorktree: () => read }
    const { entries } = read.value
    const ids = (text: string): string[] => {
      const entry = entries.get(text)
      return entry === undefined ? [] : idsOf(JSON.parse(entry.text))
    }
    return {
      ofSession: (key, text) => (key === null ? NONE : beats.ageOf({ ...key, ids: ids(text) })),
      ofWorktree: (worktree) => {
        const { agent, repo } = worktree
        if (!repo.known) return NONE
        const texts = textsBy(read.value)
        const { numbers } = placeWorktree(worktree, branchPattern)
        return youngest(
          [...numbers].map((number) => {
            const key = { agent, repo: repo.value, number }
            return beats.ageOf({ ...key, ids: (texts.get(idOf(key)) ?? []).flatMap(ids) })
          })
        )
      }
    }
  }
}

const idOf = ({ agent, repo, number }: SessionKey): string => `${agent}:${repoId(repo)}:${number}`

/** The store's keys, which write a repo's name as they like, by what they mean. */
function groupByKey(texts: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const text of texts) {
    const key = parseSessionKey(text)
    if (key !== undefined) groups.set(idOf(key), [...(groups.get(idOf(key)) ?? []), text])
  }
  return groups
}

/** One that cannot be read could be younger than all others. */
function youngest(ages: readonly Age[]): Age {
  const values = ages.flatMap((age) => (age.known && age.value !== null ? [age.value] : []))
  return ages.find((age) => !age.known) ?? known(values.length === 0 ? null : Math.min(...values))
}
