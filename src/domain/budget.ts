import type { Clock } from './clock.ts'
import { unknown } from './fact.ts'

/** The time in which a pass may ask. */
export interface Budget {
  /** Milliseconds until no request may start any more; none are left at 0 or below. */
  readonly leftMs: () => number
}

/** @param ms from now on, by the clock that never goes back */
export function startBudget(ms: number, clock: Pick<Clock, 'monotonic'>): Budget {
  const end = clock.monotonic() + ms
  return { leftMs: () => end - clock.monotonic() }
}

/** For what answers a person who waits. A number, not infinity: a part of it is still a number. */
export const UNLIMITED: Budget = { leftMs: () => Number.MAX_SAFE_INTEGER }

/** What is not known because the pass had no time left to ask. */
export const OUT_OF_TIME = unknown('DEADLINE', 'The time for questions was over before it was answered')
