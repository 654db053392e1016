/** Time and chance, handed in so that tests can hold them still. */
export interface Clock {
  /** Milliseconds since 1970 UTC. */
  now(): number
  /** Milliseconds from some fixed point; never goes back. */
  monotonic(): number
  /** Resolves after so many milliseconds, or as soon as the pass is interrupted. */
  sleep(ms: number): Promise<void>
  /** From 0 up to, not including, 1. */
  random(): number
}
