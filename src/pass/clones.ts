import { decideCacheClone, explainCacheClone } from '../domain/decide-cache-clone.ts'
import { type Decision, keep, keepFaulty } from '../domain/decision.ts'
import { type Fact, known, notAsked, repoId, unknown } from '../domain/fact.ts'
import type { Step } from '../domain/ladder.ts'
import { isSwept, type PlannedClone, withDecision } from '../domain/plan.ts'
import { cloneProtection, localCloneFacts } from '../domain/relate-clone.ts'
import type { Clone, CloneWork, Session, Worktree } from '../domain/state.ts'
import { faultOf, type Questioning, settle } from './ask.ts'
import type { CloneReader, Writers } from './ports.ts'
import type { Hands } from './remove-all.ts'

/** So that a decision tells whether all else lets a clone go, before it is looked into. */
const EMPTY = known<CloneWork>({ holds: null, bytes: 0 })
const NOT_LOOKED = unknown('NOT_ASKED', 'It was not looked into')

/**
 * Decides on every cache clone. The dear looks come last, and only at what all else lets go: first into the clone, then
 * at Forgejo.
 *
 * @param reader null while clones are never swept
 */
export async function decideClones(
  reader: CloneReader | null,
  sessions: readonly Session[],
  worktrees: readonly Worktree[],
  questioning: Questioning
): Promise<PlannedClone[]> {
  if (reader === null) return []
  const planned: PlannedClone[] = []
  for (const clone of reader.list()) {
    const look = (work: Fact<CloneWork>) => lookAtClone(clone, sessions, worktrees, work, reader, questioning)
    const unasked = { ...look(EMPTY), gone: notAsked({ kind: 'repo-gone', repo: clone.repo }) }
    const mayGo = decideCacheClone(unasked, reader.days).question !== undefined
    const work = mayGo ? await reader.work(clone) : NOT_LOOKED
    const decision = await settle(() => decideCacheClone(look(work), reader.days), questioning)
    planned.push({ kind: 'cache-clone', clone, facts: look(work), decision })
  }
  return planned
}

/** What is known of a cache clone by now. */
function lookAtClone(
  clone: Clone,
  sessions: readonly Session[],
  worktrees: readonly Worktree[],
  work: Fact<CloneWork>,
  { goneRepos }: CloneReader,
  questioning: Questioning
) {
  const { answers, rules, forgejo, now } = questioning
  const goneSince = goneRepos.get(repoId(clone.repo))?.at
  const skewMs = forgejo.skewMs()
  return {
    ...localCloneFacts(clone, sessions, worktrees),
    protectedBy: cloneProtection(clone, rules),
    work,
    gone: answers.repoGone(clone.repo),
    // By the slower of both clocks, from a note by the faster one.
    goneMs:
      goneSince === undefined || skewMs === null ? 0 : Math.max(0, now + Math.min(0, skewMs) - goneSince),
    clockFault: faultOf(questioning)
  }
}

/** The steps of the cache clone that `isMeant` finds, with its path; undefined when it finds none. */
export async function explainClone(
  isMeant: (clone: Clone) => boolean,
  reader: CloneReader | null,
  sessions: readonly Session[],
  worktrees: readonly Worktree[],
  questioning: Questioning
): Promise<{ readonly path: string; readonly steps: readonly Step[] } | undefined> {
  const list = () => reader?.list().filter(isMeant).slice(0, 1) ?? []
  const [planned] = await decideClones(reader && { ...reader, list }, sessions, worktrees, questioning)
  if (planned === undefined || reader === null) return undefined
  return { path: planned.clone.path, steps: explainCacheClone(planned.facts, reader.days) }
}

/** Moves the clones aside that are to go, one by one. After an interruption no other is begun. */
export async function setClonesAside(
  clones: readonly PlannedClone[],
  { readers, writers, observer, interrupted }: Hands
): Promise<PlannedClone[]> {
  const results: PlannedClone[] = []
  for (const planned of clones) {
    const reader = readers.clones
    if (!isSwept(planned) || reader === null) results.push(planned)
    else if (interrupted()) results.push(withDecision(planned, keep('interrupted')))
    else {
      const decision = await recheck(planned, reader, planned.clone.path)
      const result = decision.action === 'keep' ? decision : await setAside(planned, reader, writers)
      if (result.action !== 'keep') observer.changed(planned.clone.path, result, 'moved-aside')
      results.push(withDecision(planned, result))
    }
  }
  return results
}

/** Hours can lie between the decision and now: all is looked at again but what Forgejo said. */
async function recheck({ clone, facts }: PlannedClone, reader: CloneReader, path: string): Promise<Decision> {
  const place = { ...clone, path }
  const work = await reader.work(place)
  try {
    const now = reader.again(place)
    const local = localCloneFacts(now.clone, now.sessions, now.worktrees)
    return decideCacheClone({ ...facts, ...local, work }, reader.days)
  } catch (error) {
    return keepFailed(`it cannot be looked at again: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

/** Until the rename somebody can have worked in it: it is decided on once more where nobody finds it. */
async function setAside(planned: PlannedClone, reader: CloneReader, writers: Writers): Promise<Decision> {
  const { facts, decision } = planned
  let after = decision
  const user = await writers.setCloneAside(
    planned,
    facts.work.known ? facts.work.value.bytes : 0,
    async (path) => {
      after = await recheck(planned, reader, path)
      return after.action === 'keep' ? after.reason : null
    }
  )
  if (!user.known) return keepFailed(user.why)
  if (after.action === 'keep') return after
  return user.value === null ? decision : keep('busy', { by: user.value })
}

const keepFailed = (why: string): Decision =>
  keepFaulty('failed', 'REMOVE_FAILED', `It could not be moved aside: ${why}`)
