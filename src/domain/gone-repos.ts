import { wasMissed } from './decision.ts'
import { repoId } from './fact.ts'
import { isSwept, type PlannedClone } from './plan.ts'

/** Since when every pass that asked was told that a repo is gone, by its id: by the faster of this clock and Forgejo's. */
export type GoneRepos = ReadonlyMap<string, { readonly at: number }>

/**
 * What the next pass has to know of the repos of cache clones. Only an answer that one is gone begins or goes on with a
 * note; no answer leaves it as it is; that the repo is there, or that its clone is wanted for another reason, ends it.
 *
 * @param at now, by the faster of both clocks; null when they contradict each other: then no note is begun
 */
export function noteGone(before: GoneRepos, clones: readonly PlannedClone[], at: number | null): GoneRepos {
  const notes = new Map<string, { readonly at: number }>()
  for (const planned of clones) {
    const id = repoId(planned.clone.repo)
    const note = noteOf(planned, before.get(id), at)
    if (note !== undefined) notes.set(id, note)
  }
  return notes
}

type Note = { readonly at: number } | undefined

function noteOf(planned: PlannedClone, before: Note, at: number | null): Note {
  const { facts, decision } = planned
  if (isSwept(planned)) return undefined
  if (!facts.gone.known) return facts.gone.code !== 'NOT_ASKED' || wasMissed(decision) ? before : undefined
  if (!facts.gone.value) return undefined
  if (at === null) return before
  // A note of the future is of a clock that was wrong.
  return before !== undefined && before.at <= at ? before : { at }
}
