type Signal = 'SIGINT' | 'SIGTERM'

/** The first signal ends the pass after the entry in hand; a second one ends the process at once. */
export interface Interrupt {
  readonly signal: () => Signal | null
  /** Resolves after so many milliseconds, or as soon as the signal comes. */
  readonly sleep: (ms: number) => Promise<void>
  /** Stops listening. */
  readonly dispose: () => void
}

export function listenForSignals(): Interrupt {
  let received: Signal | null = null
  let wake = () => {}
  const onSignal = (signal: Signal) => {
    received ??= signal
    dispose()
    wake()
  }
  // Without a listener the second signal has its default effect.
  const dispose = () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: () => received,
    sleep: (ms) =>
      new Promise((resolve) => {
        if (received !== null) return resolve()
        const timer = setTimeout(resolve, ms)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    dispose
  }
}
