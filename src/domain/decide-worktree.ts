import { type Decision, type Evidence, keep, keepFaulty, keepUnknown } from './decision.ts'
import { type Fact, known, type Unknown } from './fact.ts'
import type { IssueState, Usage } from './state.ts'
import { DAY, HOUR } from './time.ts'

/** A closed pull request that has the worktree's branch as its head. */
export interface ClosedPull {
  readonly number: number
  readonly merged: boolean
  readonly closedAt: string | null
}

/** All that decides on one worktree. */
export interface WorktreeFacts {
  readonly place: Fact<true>
  readonly protectedBy: Fact<string | null>
  readonly locked: Fact<string | null>
  /** The key of a kept session that refers to it. */
  readonly referencedBy: Fact<string | null>
  /** The number of an open pull request whose head is its branch. */
  readonly openPull: Fact<number | null>
  readonly usage: Fact<Usage | null>
  /** The number in its branch; null when there is none. */
  readonly number: Fact<number | null>
  readonly issue: Fact<IssueState>
  readonly closedPull: Fact<ClosedPull | null>
  readonly ageMs: Fact<number>
  readonly clockFault: string | null
}

/** A worktree whose issue is missing may belong to one that is being made right now. */
const MISSING_ISSUE_AGE = HOUR

/**
 * The ladder for a worktree: the first match wins, and what protects comes before what permits.
 * A protecting fact that is unknown turns a removal into a keep.
 */
export function decideWorktree(facts: WorktreeFacts, maxAgeDays: number): Decision {
  return decideProtection(facts) ?? decidePermission(facts, maxAgeDays)
}

function decideProtection(facts: WorktreeFacts): Decision | undefined {
  // A link, a mount or a strange name could lead a removal outside the root.
  if (!facts.place.known) return keepFaulty('unsafe-path', facts.place.code, facts.place.why)
  // The operator's word, here or by `git worktree lock`.
  const pattern = found(facts.protectedBy)
  if (pattern !== undefined) return keep('protected', { pattern })
  const lock = found(facts.locked)
  if (lock !== undefined) return keep('locked', { lock })
  // The session's next run expects its checkout.
  const key = found(facts.referencedBy)
  if (key !== undefined) return keep('referenced', { session: key })
  // A kept session is on an open pull request: its head tells `referenced` from the rows below.
  if (isUnasked(facts.referencedBy) && facts.referencedBy.question?.kind === 'open-pulls') {
    return keepUnknown(facts.referencedBy)
  }
  // A review goes on after its issue is closed: it loses its session, not its checkout.
  const pull = found(facts.openPull)
  if (pull !== undefined) return keep('open-pull', { pull })
  // Somebody is in there.
  const user = found(facts.usage)
  return user === undefined ? undefined : keep('busy', { by: user })
}

function decidePermission(facts: WorktreeFacts, maxAgeDays: number): Decision {
  if (!facts.number.known) return keepUnknown(facts.number)
  if (facts.issue.known && facts.issue.value.state === 'closed') {
    return removeClosed(facts, facts.issue.value, {})
  }
  const pull = found(facts.closedPull)
  if (pull !== undefined) return removeClosed(facts, pull, { pull: pull.number })
  // The answer may permit: ask before a later row decides.
  if (isUnasked(facts.closedPull)) return keepUnknown(facts.closedPull)

  if (facts.number.value === null) return removeOlderThan(facts, maxAgeDays * DAY, 'max-age')
  if (!facts.issue.known) return keepUnknown(facts.issue)
  switch (facts.issue.value.state) {
    case 'missing':
      return removeOlderThan(facts, MISSING_ISSUE_AGE, 'not-found')
    case 'not-visible':
      return removeOlderThan(facts, maxAgeDays * DAY, 'max-age')
    default:
      return keep('open')
  }
}

function removeOlderThan(facts: WorktreeFacts, limitMs: number, reason: 'max-age' | 'not-found'): Decision {
  if (!facts.ageMs.known) return keepUnknown(facts.ageMs)
  const evidence = { ageMs: facts.ageMs.value, limitMs }
  if (facts.ageMs.value <= limitMs) return keep('too-young', evidence)
  // By a clock that is wrong everything is old.
  if (facts.clockFault !== null) return keep('unknown', { why: facts.clockFault })
  return remove(facts, reason, evidence)
}

function removeClosed(
  facts: WorktreeFacts,
  closed: { merged: boolean; closedAt: string | null },
  evidence: Evidence
): Decision {
  const reason = closed.merged ? 'merged' : 'closed'
  return remove(facts, reason, { closedAt: closed.closedAt, ...evidence })
}

function remove(
  facts: WorktreeFacts,
  reason: 'max-age' | 'merged' | 'closed' | 'not-found',
  evidence: Evidence
): Decision {
  const doubt = firstDoubt(facts)
  return doubt === undefined ? { action: 'remove', reason, evidence } : keepUnknown(doubt)
}

/** The first protecting fact that is unknown; one that can still be asked comes last. */
function firstDoubt(facts: WorktreeFacts): Unknown | undefined {
  const { protectedBy, locked, referencedBy, usage } = facts
  // A repo that is not visible has no list of open pull requests to give: it is not asked for.
  const notVisible = facts.issue.known && facts.issue.value.state === 'not-visible'
  const isMoot = notVisible && isUnasked(facts.openPull)
  const openPull: Fact<number | null> = isMoot ? known(null) : facts.openPull
  const doubts = [protectedBy, locked, referencedBy, openPull, usage].filter((fact) => !fact.known)
  return doubts.find((fact) => !isUnasked(fact)) ?? doubts[0]
}

const isUnasked = <T>(fact: Fact<T>): fact is Unknown => !fact.known && fact.question !== undefined

const found = <T>(fact: Fact<T | null>): T | undefined =>
  fact.known && fact.value !== null ? fact.value : undefined
