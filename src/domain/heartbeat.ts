import { type Decision, keep } from './decision.ts'
import { type Fact, known, unknown } from './fact.ts'

/** What a ladder looks at. */
export interface HeartbeatFacts {
  /** How long ago, in milliseconds, the session's agent gave a sign of life; null when it never did. */
  readonly heartbeatMs: Fact<number | null>
  /** From this age on it is old. */
  readonly staleMs: number
  readonly clockFault: string | null
}

/** Keeps what gave a sign of life lately, whatever the clock. */
export const keepFresh = ({
  heartbeatMs,
  staleMs
}: Omit<HeartbeatFacts, 'clockFault'>): Decision | undefined =>
  heartbeatMs.known && heartbeatMs.value !== null && heartbeatMs.value < staleMs
    ? keep('busy', { by: 'its heartbeat', heartbeatMs: heartbeatMs.value })
    : undefined

/** A heartbeat that nobody can read, or that is old by a clock that is wrong. */
export function heartbeatDoubt({ heartbeatMs, clockFault }: HeartbeatFacts): Fact<null> {
  if (!heartbeatMs.known) return heartbeatMs
  if (heartbeatMs.value === null || clockFault === null) return known(null)
  return unknown('CLOCK_SKEW', `How old its heartbeat is cannot be told: ${clockFault}`)
}
