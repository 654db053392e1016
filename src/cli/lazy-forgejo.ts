import type { Settings } from '../config/settings.ts'
import type { Budget } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import type { Question } from '../domain/fact.ts'
import type { LookupMode } from '../domain/open-list.ts'
import type { WiredForgejo } from './wiring-forgejo.ts'

/** The same as `wireForgejo` gives, loaded with the first question: most passes of a quiet house have none. */
export function lazyForgejo(
  settings: Settings,
  clock: Clock,
  interrupted: () => boolean,
  mode: LookupMode,
  budget: Budget
): WiredForgejo {
  let wired: WiredForgejo | undefined
  const expected: (readonly Question[])[] = []
  const wire = async (): Promise<WiredForgejo> => {
    const { wireForgejo } = await import('./working-parts.ts')
    if (wired === undefined) {
      wired = wireForgejo(settings, clock, interrupted, mode, budget)
      for (const questions of expected.splice(0)) wired.expect(questions)
    }
    return wired
  }
  return {
    expect(questions) {
      if (wired === undefined) expected.push(questions)
      else wired.expect(questions)
    },
    answer: async (question) => (await wire()).answer(question),
    compareClocks: async () => (await wire()).compareClocks(),
    requests: () => wired?.requests() ?? { requests: 0, retries: 0 },
    skewMs: () => wired?.skewMs() ?? null,
    unreachable: () => wired?.unreachable() ?? false,
    close: async () => wired?.close()
  }
}
