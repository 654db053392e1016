import { type Decision, type Evidence, keep, keepFaulty, keepIfUnknown, keepUnknown } from './decision.ts'
import { type Fact, known, type Unknown } from './fact.ts'
import { type HeartbeatFacts, heartbeatDoubt, keepFresh } from './heartbeat.ts'
import { decideBy, explainBy, type Ladder, type Step } from './ladder.ts'
import { closedText, sawAge, sawFact, sawHeartbeat, sawIssue, sawUnknown } from './saw.ts'
import type { IssueState, Usage } from './state.ts'
import { DAY, HOUR } from './time.ts'

/** A closed pull request that has the worktree's branch as its head. */
export interface ClosedPull {
  readonly number: number
  readonly merged: boolean
  readonly closedAt: string | null
}

/** All that decides on one worktree. */
export interface WorktreeFacts extends HeartbeatFacts {
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
}

/** Decides on a worktree by its ladder. */
export const decideWorktree = (facts: WorktreeFacts, maxAgeDays: number): Decision =>
  decideBy(LADDER, facts, maxAgeDays)

/** The ladder of a worktree, rule by rule. */
export const explainWorktree = (facts: WorktreeFacts, maxAgeDays: number): readonly Step[] =>
  explainBy(LADDER, facts, maxAgeDays)

/** A worktree whose issue is missing may belong to one that is being made right now. */
const MISSING_ISSUE_AGE = HOUR

const LADDER: Ladder<WorktreeFacts> = {
  rules: [
    {
      title: 'it is not a real directory inside the root',
      saw: ({ place }) => (place.known ? 'it is one' : place.why),
      // A link, a mount or a strange name could lead a removal outside the root.
      decide: ({ place }) => (place.known ? undefined : keepFaulty('unsafe-path', place.code, place.why))
    },
    {
      title: 'a protect pattern matches it',
      saw: ({ protectedBy }) => sawFact(protectedBy),
      // The operator's word, here or by `git worktree lock`.
      decide: ({ protectedBy }) => when(protectedBy, (pattern) => keep('protected', { pattern }))
    },
    {
      title: 'it is locked by git worktree lock',
      saw: ({ locked }) => sawFact(locked, (lock) => lock || 'locked, without a reason'),
      decide: ({ locked }) => when(locked, (lock) => keep('locked', { lock }))
    },
    {
      title: 'a kept session refers to it',
      saw: ({ referencedBy }) => sawFact(referencedBy),
      // The session's next run expects its checkout.
      decide: ({ referencedBy }) =>
        when(referencedBy, (session) => keep('referenced', { session })) ?? askForHead(referencedBy)
    },
    {
      title: 'its branch is the head of an open pull request',
      saw: ({ openPull }) => sawFact(openPull, (pull) => `#${pull}`),
      // A review goes on after its issue is closed: it loses its session, not its checkout.
      decide: ({ openPull }) => when(openPull, (pull) => keep('open-pull', { pull }))
    },
    {
      title: 'it is in use',
      saw: ({ usage }) => sawFact(usage),
      // Somebody is in there.
      decide: ({ usage }) => when(usage, (by) => keep('busy', { by }))
    },
    {
      title: 'the heartbeat of its session is fresh',
      saw: sawHeartbeat,
      // An agent need not be in its worktree while it thinks.
      decide: keepFresh
    },
    {
      title: 'its repo is unknown',
      saw: ({ number }) => (number.known ? 'it is known' : sawUnknown(number)),
      // What Forgejo says below is about an issue of some repo.
      decide: ({ number }) => keepIfUnknown(number)
    },
    {
      title: 'its issue or pull request is closed',
      saw: ({ issue }) => sawIssue(issue),
      decide: ({ issue }) =>
        issue.known && issue.value.state === 'closed' ? removeClosed(issue.value) : undefined
    },
    {
      title: 'a closed pull request has its branch as head',
      saw: ({ closedPull }) => sawFact(closedPull, (pull) => `#${pull.number}, ${closedText(pull)}`),
      // The answer may permit: ask before a later row decides.
      decide: ({ closedPull }) =>
        when(closedPull, (pull) => removeClosed(pull, { pull: pull.number })) ?? askFor(closedPull)
    },
    {
      title: 'its branch holds no number',
      saw: (facts, maxAgeDays) =>
        hasNumber(facts)
          ? sawFact(facts.number, (number) => `it holds ${number}`)
          : `none; ${sawAgeOf(facts, maxAgeDays * DAY)}`,
      decide: (facts, maxAgeDays) =>
        hasNumber(facts) ? undefined : removeOlderThan(facts, maxAgeDays * DAY, 'max-age')
    },
    {
      title: 'its issue is open',
      saw: ({ issue }) => sawIssue(issue),
      decide: (facts) => (isIssue(facts, 'open') ? keep('open') : undefined)
    },
    {
      title: 'its issue is missing while its repo is visible',
      saw: (facts) => sawIssueAndAge(facts, 'missing', MISSING_ISSUE_AGE),
      decide: (facts) =>
        isIssue(facts, 'missing') ? removeOlderThan(facts, MISSING_ISSUE_AGE, 'not-found') : undefined
    },
    {
      title: 'its repo is not visible',
      saw: (facts, maxAgeDays) => sawIssueAndAge(facts, 'not-visible', maxAgeDays * DAY),
      decide: (facts, maxAgeDays) =>
        isIssue(facts, 'not-visible') ? removeOlderThan(facts, maxAgeDays * DAY, 'max-age') : undefined
    },
    {
      title: "Forgejo's answer is unknown",
      saw: ({ issue }) => sawIssue(issue),
      decide: ({ issue }) => keepIfUnknown(issue)
    }
  ],
  doubt: {
    title: 'it would go, but something that would protect it is unknown',
    saw: (facts) => sawFact(firstDoubt(facts)),
    decide: (facts) => keepIfUnknown(firstDoubt(facts))
  }
}

const when = <T>(fact: Fact<T | null>, decide: (value: T) => Decision): Decision | undefined =>
  fact.known && fact.value !== null ? decide(fact.value) : undefined

const isUnasked = <T>(fact: Fact<T>): fact is Unknown => !fact.known && fact.question !== undefined

const askFor = <T>(fact: Fact<T>): Decision | undefined => (isUnasked(fact) ? keepUnknown(fact) : undefined)

/** A kept session is on an open pull request: its head tells `referenced` from the rows below. */
const askForHead = <T>(fact: Fact<T>): Decision | undefined =>
  isUnasked(fact) && fact.question?.kind === 'open-pulls' ? keepUnknown(fact) : undefined

const hasNumber = ({ number }: WorktreeFacts): boolean => !number.known || number.value !== null

const isIssue = ({ issue }: WorktreeFacts, state: IssueState['state']): boolean =>
  issue.known && issue.value.state === state

const sawAgeOf = ({ ageMs, clockFault }: WorktreeFacts, limitMs: number): string =>
  sawAge(ageMs, limitMs, clockFault)

const sawIssueAndAge = (facts: WorktreeFacts, state: IssueState['state'], limitMs: number): string =>
  isIssue(facts, state) ? `${sawIssue(facts.issue)}; ${sawAgeOf(facts, limitMs)}` : sawIssue(facts.issue)

function removeOlderThan(facts: WorktreeFacts, limitMs: number, reason: 'max-age' | 'not-found'): Decision {
  if (!facts.ageMs.known) return keepUnknown(facts.ageMs)
  const evidence = { ageMs: facts.ageMs.value, limitMs }
  if (facts.ageMs.value <= limitMs) return keep('too-young', evidence)
  // By a clock that is wrong everything is old.
  if (facts.clockFault !== null) return keep('unknown', { why: facts.clockFault })
  return { action: 'remove', reason, evidence }
}

const removeClosed = (
  { merged, closedAt }: { merged: boolean; closedAt: string | null },
  evidence: Evidence = {}
): Decision => ({
  action: 'remove',
  reason: merged ? 'merged' : 'closed',
  evidence: { closedAt, ...evidence }
})

/** The first protecting fact that is unknown, if any; one that can still be asked comes last. */
function firstDoubt(facts: WorktreeFacts): Fact<null> {
  const { protectedBy, locked, referencedBy, usage } = facts
  // A repo that is not visible has no list of open pull requests to give: it is not asked for.
  const isMoot = isIssue(facts, 'not-visible') && isUnasked(facts.openPull)
  const openPull: Fact<number | null> = isMoot ? known(null) : facts.openPull
  const doubts = [protectedBy, locked, referencedBy, openPull, usage, heartbeatDoubt(facts)].filter(
    (fact) => !fact.known
  )
  return doubts.find((fact) => !isUnasked(fact)) ?? doubts[0] ?? known(null)
}
