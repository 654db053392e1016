import { type Decision, keep, keepIfUnknown, keepUnknown } from './decision.ts'
import type { Fact } from './fact.ts'
import { decideBy, explainBy, type Ladder, type Step } from './ladder.ts'
import { sawAge, sawFact } from './saw.ts'
import type { CloneWork, Usage } from './state.ts'
import { DAY } from './time.ts'

/** All that decides on one cache clone. It may be the last copy of its repo. */
export interface CacheCloneFacts {
  readonly place: Fact<true>
  readonly protectedBy: string | null
  /** The session that is, or may be, of its repo. */
  readonly session: string | null
  /** The worktree that is, or may be, of it. */
  readonly worktree: Fact<string | null>
  readonly usage: Fact<Usage | null>
  /** How long ago it was fetched. */
  readonly ageMs: Fact<number>
  readonly work: Fact<CloneWork>
  /** Whether its repo is gone from Forgejo. */
  readonly gone: Fact<boolean>
  /** For how long every pass that asked was told so; by the slower of this clock and Forgejo's. */
  readonly goneMs: number
  /** What contradicts this machine's clock; null when nothing does. */
  readonly clockFault: string | null
}

/** How far apart the first and the last answer have to be that a repo is gone. */
const AGREED_AFTER = DAY

/** Decides on a cache clone by its ladder. @param days how long it must not have been fetched */
export const decideCacheClone = (facts: CacheCloneFacts, days: number): Decision =>
  decideBy(LADDER, facts, days)

/** The ladder of a cache clone, rule by rule. */
export const explainCacheClone = (facts: CacheCloneFacts, days: number): readonly Step[] =>
  explainBy(LADDER, facts, days)

const LADDER: Ladder<CacheCloneFacts> = {
  rules: [
    {
      title: 'it is not a clone that can be moved as a whole',
      saw: ({ place }) => (place.known ? 'it is one' : place.why),
      // Whatever else stands there, this is not about it. It is no fault: clones stay unless told otherwise.
      decide: ({ place }) => (place.known ? undefined : keep('unsafe-path', { why: place.why }))
    },
    {
      title: 'a protect pattern matches it',
      saw: ({ protectedBy }) => protectedBy ?? 'none',
      // The operator's word comes first.
      decide: ({ protectedBy }) =>
        protectedBy === null ? undefined : keep('protected', { pattern: protectedBy })
    },
    {
      title: 'a session is of its repo',
      saw: ({ session }) => session ?? 'none',
      // The agent's next run would want its worktree made from it.
      decide: ({ session }) => (session === null ? undefined : keep('referenced', { by: session }))
    },
    {
      title: 'a worktree is of it',
      saw: ({ worktree }) => sawFact(worktree),
      // Without its clone a worktree is no repository any more.
      decide: ({ worktree }) => {
        if (!worktree.known) return keepUnknown(worktree)
        return worktree.value === null ? undefined : keep('referenced', { by: worktree.value })
      }
    },
    {
      title: 'it is in use',
      saw: ({ usage }) => sawFact(usage),
      // Git at work in it would go on in the trash.
      decide: ({ usage }) => {
        if (!usage.known) return keepUnknown(usage)
        return usage.value === null ? undefined : keep('busy', { by: usage.value })
      }
    },
    {
      title: 'it was fetched lately',
      saw: ({ ageMs, clockFault }, days) => sawAge(ageMs, days * DAY, clockFault),
      // What is fetched is wanted.
      decide: ({ ageMs }, days) => {
        if (!ageMs.known) return keepUnknown(ageMs)
        return ageMs.value > days * DAY ? undefined : keep('too-young', { ageMs: ageMs.value, days })
      }
    },
    {
      title: 'it holds what its remote-tracking branches do not',
      saw: ({ work }) => sawFact(work, ({ holds }) => holds ?? 'none'),
      // A rescue, a stash, a local branch: nobody else has it.
      decide: ({ work }) => {
        if (!work.known) return keepUnknown(work)
        return work.value.holds === null ? undefined : keep('unsaved', { holds: work.value.holds })
      }
    },
    {
      title: 'its repo is on Forgejo, under this or another name',
      saw: ({ gone }) => sawFact(gone, (value) => (value ? 'it is gone' : 'it is')),
      decide: ({ gone }) => (gone.known && !gone.value ? keep('visible') : undefined)
    },
    {
      title: 'its repo is gone, and was a day ago',
      saw: ({ gone, goneMs }) =>
        sawFact(gone, (value) => (value ? `gone for ${(goneMs / DAY).toFixed(1)} days` : 'it is not')),
      // An answer by itself may be an accident: a restore under way, a right taken away and given back.
      decide: ({ gone, goneMs, ageMs }) => {
        if (!gone.known || !ageMs.known) return undefined
        if (goneMs < AGREED_AFTER) return keep('too-young', { goneMs })
        return { action: 'remove', reason: 'not-found', evidence: { goneMs, fetchedMs: ageMs.value } }
      }
    },
    {
      title: "Forgejo's answer is unknown",
      saw: ({ gone }) => sawFact(gone, () => 'it is known'),
      decide: ({ gone }) => keepIfUnknown(gone)
    }
  ],
  doubt: {
    title: "it would go, but this machine's clock is wrong",
    saw: ({ clockFault }) => clockFault ?? 'it is right',
    // By a clock that is wrong nothing was fetched for years.
    decide: ({ clockFault }) => (clockFault === null ? undefined : keep('unknown', { why: clockFault }))
  }
}
