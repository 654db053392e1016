import { type Budget, UNLIMITED } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'

/** Waits until the next request may start; false at once when it may not start at all any more. */
export type Pacer = () => Promise<boolean>

/**
 * Lets at most one request start per interval, whatever its purpose: retries, pages and redirect
 * follow-ups take a turn each.
 *
 * @param intervalMs from start to start
 * @param interrupted ends the wait: then no request may start at all
 * @param budget the time within which requests may start
 */
export function createPacer(
  intervalMs: number,
  clock: Clock,
  interrupted: () => boolean = () => false,
  budget: Budget = UNLIMITED
): Pacer {
  let next = Number.NEGATIVE_INFINITY
  return async () => {
    // A timer may fire a moment early, so look again.
    for (let wait = next - clock.monotonic(); wait > 0; wait = next - clock.monotonic()) {
      if (interrupted() || wait >= budget.leftMs()) return false
      await clock.sleep(Math.ceil(wait))
    }
    if (budget.leftMs() <= 0) return false
    next = clock.monotonic() + intervalMs
    return true
  }
}
