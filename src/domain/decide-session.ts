import { type Decision, type Evidence, keep, keepFaulty, keepUnknown } from './decision.ts'
import type { Fact } from './fact.ts'
import type { IssueState, Usage } from './state.ts'
import { DAY } from './time.ts'

/** All that decides on one session. */
export interface SessionFacts {
  readonly validKey: boolean
  readonly protectedBy: string | null
  readonly usage: Fact<Usage | null>
  readonly ageMs: number
  /** What contradicts this machine's clock; null when nothing does. */
  readonly clockFault: string | null
  readonly issue: Fact<IssueState>
}

/**
 * The ladder for a session: the first match wins, and what protects comes before what permits.
 * A protecting fact that is unknown turns a drop into a keep.
 */
export function decideSession(facts: SessionFacts, maxAgeDays: number): Decision {
  // Nobody can tell what a key that does not parse stands for.
  if (!facts.validKey) {
    return keepFaulty(
      'invalid-key',
      'KEY_INVALID',
      'Its key is not <agent>:<owner>/<repo>:<number>: correct or delete it by hand'
    )
  }
  // The operator's word comes first.
  if (facts.protectedBy !== null) return keep('protected', { pattern: facts.protectedBy })
  // An agent at work would lose its conversation.
  if (facts.usage.known && facts.usage.value !== null) return keep('busy', { by: facts.usage.value })

  if (facts.ageMs > maxAgeDays * DAY) return decideByAge(facts, maxAgeDays)
  if (!facts.issue.known) return keepUnknown(facts.issue)
  return decideByIssue(facts, facts.issue.value)
}

function decideByAge(facts: SessionFacts, maxAgeDays: number): Decision {
  // By a clock that is wrong everything is old.
  if (facts.clockFault !== null) return keep('unknown', { why: facts.clockFault })
  return drop('max-age', facts, { ageMs: facts.ageMs, maxAgeDays })
}

function decideByIssue(facts: SessionFacts, issue: IssueState): Decision {
  switch (issue.state) {
    case 'closed':
      return drop(issue.merged ? 'merged' : 'closed', facts, { closedAt: issue.closedAt })
    case 'open':
      return keep('open')
    case 'missing':
    case 'not-visible':
      return keep('not-found', { repoVisible: issue.state === 'missing' })
  }
}

function drop(reason: 'max-age' | 'merged' | 'closed', facts: SessionFacts, evidence: Evidence): Decision {
  if (!facts.usage.known) return keepUnknown(facts.usage)
  return { action: 'drop', reason, evidence }
}
