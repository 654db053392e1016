import { type Decision, keep, keepFaulty, keepIfUnknown } from './decision.ts'
import { type Fact, known } from './fact.ts'
import { type HeartbeatFacts, heartbeatDoubt, keepFresh } from './heartbeat.ts'
import { decideBy, explainBy, type Ladder, type Step } from './ladder.ts'
import { sawAge, sawFact, sawHeartbeat, sawIssue } from './saw.ts'
import type { IssueState, Usage } from './state.ts'
import { DAY } from './time.ts'

/** All that decides on one session. */
export interface SessionFacts extends HeartbeatFacts {
  readonly validKey: boolean
  readonly protectedBy: string | null
  readonly usage: Fact<Usage | null>
  readonly ageMs: number
  readonly issue: Fact<IssueState>
}

/** Decides on a session by its ladder. */
export const decideSession = (facts: SessionFacts, maxAgeDays: number): Decision =>
  decideBy(LADDER, facts, maxAgeDays)

/** The ladder of a session, rule by rule. */
export const explainSession = (facts: SessionFacts, maxAgeDays: number): readonly Step[] =>
  explainBy(LADDER, facts, maxAgeDays)

const LADDER: Ladder<SessionFacts> = {
  rules: [
    {
      title: 'its key does not parse',
      saw: ({ validKey }) => (validKey ? 'it parses' : 'it does not'),
      // Nobody can tell what such a key stands for.
      decide: ({ validKey }) => (validKey ? undefined : keepInvalid())
    },
    {
      title: 'a protect pattern matches it',
      saw: ({ protectedBy }) => protectedBy ?? 'none',
      // The operator's word comes first.
      decide: ({ protectedBy }) =>
        protectedBy === null ? undefined : keep('protected', { pattern: protectedBy })
    },
    {
      title: 'its worktree is in use',
      saw: ({ usage }) => sawFact(usage),
      // An agent at work would lose its conversation.
      decide: ({ usage }) =>
        usage.known && usage.value !== null ? keep('busy', { by: usage.value }) : undefined
    },
    {
      title: 'its heartbeat is fresh',
      saw: sawHeartbeat,
      // An agent need not be in its worktree while it thinks.
      decide: keepFresh
    },
    {
      title: 'it is older than the maximum age',
      saw: ({ ageMs, clockFault }, maxAgeDays) => sawAge(known(ageMs), maxAgeDays * DAY, clockFault),
      decide: (facts, maxAgeDays) =>
        facts.ageMs > maxAgeDays * DAY ? decideByAge(facts, maxAgeDays) : undefined
    },
    {
      title: 'its issue or pull request is closed',
      saw: ({ issue }) => sawIssue(issue),
      decide: ({ issue }) =>
        issue.known && issue.value.state === 'closed' ? dropClosed(issue.value) : undefined
    },
    {
      title: 'it is open',
      saw: ({ issue }) => sawIssue(issue),
      decide: ({ issue }) => (issue.known && issue.value.state === 'open' ? keep('open') : undefined)
    },
    {
      title: 'it is missing, or its repo is not visible',
      saw: ({ issue }) => sawIssue(issue),
      decide: ({ issue }) =>
        issue.known ? keep('not-found', { repoVisible: issue.value.state === 'missing' }) : undefined
    },
    {
      title: "Forgejo's answer is unknown",
      saw: ({ issue }) => sawIssue(issue),
      decide: ({ issue }) => keepIfUnknown(issue)
    }
  ],
  doubt: {
    title: 'it would go, but whether somebody is at work on it is unknown',
    saw: (facts) => sawFact(firstDoubt(facts)),
    decide: (facts) => keepIfUnknown(firstDoubt(facts))
  }
}

const firstDoubt = (facts: SessionFacts): Fact<unknown> =>
  facts.usage.known ? heartbeatDoubt(facts) : facts.usage

const keepInvalid = (): Decision =>
  keepFaulty(
    'invalid-key',
    'KEY_INVALID',
    'Its key is not <agent>:<owner>/<repo>:<number>: correct or delete it by hand'
  )

function decideByAge({ ageMs, clockFault }: SessionFacts, maxAgeDays: number): Decision {
  // By a clock that is wrong everything is old.
  if (clockFault !== null) return keep('unknown', { why: clockFault })
  return { action: 'drop', reason: 'max-age', evidence: { ageMs, maxAgeDays } }
}

const dropClosed = ({ merged, closedAt }: { merged: boolean; closedAt: string | null }): Decision => ({
  action: 'drop',
  reason: merged ? 'merged' : 'closed',
  evidence: { closedAt }
})
