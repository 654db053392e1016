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

/** The first half of what is left of a budget. */
export function halfOf(budget: Budget): Budget {
  const reserveMs = budget.leftMs() / 2
  return { leftMs: () => budget.leftMs() - reserveMs }
}

/** For what answers a person who waits. A number, not infinity: half of it is less. */
export const UNLIMITED: Budget = { leftMs: () => Number.MAX_SAFE_INTEGER }

/** For what asks nothing. */
export const SPENT: Budget = { leftMs: () => 0 }

/** What is not known because the pass had no time left to ask. */
export const OUT_OF_TIME = unknown('DEADLINE', 'The time for questions was over before it was answered')
