import type { Clock } from '../domain/clock.ts'

/** Waits until the next request may start. */
export type Pacer = () => Promise<void>

/**
 * Lets at most one request start per interval, whatever its purpose: retries, pages and redirect
 * follow-ups take a turn each.
 *
 * @param intervalMs from start to start
 * @param interrupted ends the wait: then no request may start at all
 */
export function createPacer(
  intervalMs: number,
  clock: Clock,
  interrupted: () => boolean = () => false
): Pacer {
  let next = Number.NEGATIVE_INFINITY
  return async () => {
    // A timer may fire a moment early, so look again.
    for (let wait = next - clock.monotonic(); wait > 0; wait = next - clock.monotonic()) {
      if (interrupted()) return
      await clock.sleep(Math.ceil(wait))
    }
    next = clock.monotonic() + intervalMs
  }
}
