import type { ErrorCode, Fact, Question, Unknown } from './fact.ts'

/** Why an entry is kept or goes. A closed set: the report's reader may rely on it. Only cache clones are `visible`. */
export type Reason = KeepReason | 'visible' | 'max-age' | 'merged' | 'closed' | 'not-found'

export const KEEP_REASONS = [
  'invalid-key',
  'unsafe-path',
  'protected',
  'locked',
  'referenced',
  'open-pull',
  'busy',
  'open',
  'not-found',
  'too-young',
  'unsaved',
  'failed',
  'gave-up',
  'max-removals',
  'interrupted',
  'deadline',
  'unknown'
] as const

export type KeepReason = (typeof KEEP_REASONS)[number]

/** Small facts that explain the decision; numbers are milliseconds where the name ends in `Ms`. */
export type Evidence = Readonly<Record<string, string | number | boolean | null>>

interface Fault {
  readonly code: ErrorCode
  readonly message: string
}

/** What happens to one entry, and why: data, made by a pure function from facts. */
export interface Decision {
  readonly action: 'keep' | 'drop' | 'remove'
  readonly reason: Reason
  readonly evidence: Evidence
  /** Set when the entry counts as failed. */
  readonly fault?: Fault
  /** Set when the decision hinges on a question that nobody has asked yet. */
  readonly question?: Question
}

export const keep = (reason: KeepReason | 'visible', evidence: Evidence = {}): Decision => ({
  action: 'keep',
  reason,
  evidence
})

export const keepFaulty = (
  reason: KeepReason,
  code: ErrorCode,
  message: string,
  evidence: Evidence = {}
): Decision => ({ ...keep(reason, evidence), fault: { code, message } })

/** Kept because a fact that decides is unknown. What an interruption or the deadline left unasked is no error. */
export function keepUnknown(fact: Unknown): Decision {
  if (fact.code === 'INTERRUPTED') return keep('interrupted')
  if (fact.code === 'DEADLINE') return keep('deadline')
  // The clock is one error of the pass.
  if (fact.code === 'CLOCK_SKEW') return keep('unknown', { why: fact.why })
  const decision = keepFaulty('unknown', fact.code, fact.why, { why: fact.why })
  return fact.question === undefined ? decision : { ...decision, question: fact.question }
}

/** Kept as long as the fact is unknown. */
export const keepIfUnknown = (fact: Fact<unknown>): Decision | undefined =>
  fact.known ? undefined : keepUnknown(fact)

/** Whether the pass did not get to the entry, so that the next one should begin with it. */
export const wasMissed = ({ reason }: Decision): boolean => reason === 'deadline' || reason === 'interrupted'

/** The reasons that mean: somebody is still at work on it. */
const ACTIVE: ReadonlySet<Reason> = new Set(['open', 'referenced', 'open-pull', 'busy'])

export const isActive = (reason: Reason): boolean => ACTIVE.has(reason)

/** The reason as words of a sentence: `not found`. */
export const reasonText = (reason: Reason): string => reason.replaceAll('-', ' ')
