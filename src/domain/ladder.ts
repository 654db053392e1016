import { type Decision, keep } from './decision.ts'

/** One row of a table of decisions: what it asks of the facts, and what it decides when that is so. */
export interface Rule<Facts> {
  /** What it asks, in words: `a kept session refers to it`. */
  readonly title: string
  /** What it saw, as one phrase: `none`, `dev:charles/peon:7`, `unknown: …`. */
  readonly saw: (facts: Facts, maxAgeDays: number) => string
  readonly decide: (facts: Facts, maxAgeDays: number) => Decision | undefined
}

/** A table of decisions, from top to bottom. */
export interface Ladder<Facts> {
  /** The first that decides wins. What protects comes before what permits. */
  readonly rules: readonly Rule<Facts>[]
  /** What decides only on an entry that would go by the rules: it stays after all. */
  readonly doubt: Rule<Facts>
}

/** A rule with what it saw; its outcome is null where it did not match or was not reached. */
export interface Step {
  readonly title: string
  readonly saw: string
  readonly outcome: Decision | null
}

/** Every rule that one entry went through, in order, and what came of it. */
export interface Explanation {
  readonly kind: 'session' | 'worktree' | 'cache-clone'
  /** The session's key, or the path. */
  readonly name: string
  readonly steps: readonly Step[]
  readonly decision: Decision
}

/** What the ladder decides. An entry that no rule is about is kept. */
export const decideBy = <Facts>(ladder: Ladder<Facts>, facts: Facts, maxAgeDays: number): Decision =>
  [...climb(ladder, facts, maxAgeDays).values()].findLast((decision) => decision !== undefined) ??
  keep('unknown')

/** The rules, in order, and the doubt where it came to that; the last outcome is what the ladder decides. */
export function explainBy<Facts>(ladder: Ladder<Facts>, facts: Facts, maxAgeDays: number): readonly Step[] {
  const outcomes = climb(ladder, facts, maxAgeDays)
  const shown = [...ladder.rules, ...(outcomes.has(ladder.doubt) ? [ladder.doubt] : [])]
  return shown.map((rule) => ({
    title: rule.title,
    saw: rule.saw(facts, maxAgeDays),
    outcome: outcomes.get(rule) ?? null
  }))
}

/** The first rule that decides and, when by it the entry would go, what the doubt makes of that. */
function climb<Facts>(
  { rules, doubt }: Ladder<Facts>,
  facts: Facts,
  maxAgeDays: number
): ReadonlyMap<Rule<Facts>, Decision | undefined> {
  const outcomes = new Map<Rule<Facts>, Decision | undefined>()
  for (const rule of rules) {
    const decision = rule.decide(facts, maxAgeDays)
    if (decision === undefined) continue
    outcomes.set(rule, decision)
    if (decision.action !== 'keep') outcomes.set(doubt, doubt.decide(facts, maxAgeDays))
    break
  }
  return outcomes
}
