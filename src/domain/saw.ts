import type { Fact, Unknown } from './fact.ts'
import type { HeartbeatFacts } from './heartbeat.ts'
import type { IssueState } from './state.ts'
import { DAY, HOUR, MINUTE } from './time.ts'

/** A fact as one phrase: its value by `text`, `none` when there is nothing, or why it is not known. */
export const sawFact = <T>(fact: Fact<T | null>, text: (value: T) => string = String): string => {
  if (!fact.known) return sawUnknown(fact)
  return fact.value === null ? 'none' : text(fact.value)
}

/** What nobody had to ask, because another rule decided, is no fault. */
export const sawUnknown = ({ code, why }: Unknown): string =>
  code === 'NOT_ASKED' ? 'not asked' : `unknown: ${why}`

export const sawHeartbeat = ({
  heartbeatMs,
  staleMs
}: Pick<HeartbeatFacts, 'heartbeatMs' | 'staleMs'>): string =>
  sawFact(heartbeatMs, (ms) => `${(ms / MINUTE).toFixed(1)} minutes ago, limit ${staleMs / MINUTE}`)

export const sawIssue = (fact: Fact<IssueState>): string => sawFact(fact, issueText)

function issueText(issue: IssueState): string {
  switch (issue.state) {
    case 'open':
      return 'open'
    case 'closed':
      return closedText(issue)
    case 'missing':
      return 'missing'
    case 'not-visible':
      return 'repo not visible'
  }
}

/** `closed 2026-11-19, merged`. */
export function closedText({ merged, closedAt }: { merged: boolean; closedAt: string | null }): string {
  const day = closedAt === null ? '' : ` ${closedAt.slice(0, 10)}`
  return `closed${day}${merged ? ', merged' : ''}`
}

/** `41.2 days old, limit 30`, and what contradicts the clock that says so. */
export function sawAge(age: Fact<number>, limitMs: number, clockFault: string | null): string {
  const [unit, name] = limitMs < DAY ? [HOUR, 'hours'] : [DAY, 'days']
  const text = (ageMs: number) => `${(ageMs / unit).toFixed(1)} ${name} old, limit ${limitMs / unit}`
  return clockFault === null ? sawFact(age, text) : `${sawFact(age, text)}; ${clockFault}`
}
