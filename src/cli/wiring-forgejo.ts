import type { Settings } from '../config/settings.ts'
import { type Budget, UNLIMITED } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import type { LookupMode } from '../domain/open-list.ts'
import { Asker } from '../forgejo/asker.ts'
import { ForgejoClient } from '../forgejo/client.ts'
import { askVersion } from '../forgejo/examine.ts'
import { Lookup } from '../forgejo/lookup.ts'
import { createPacer } from '../forgejo/pacer.ts'
import { createTransport } from '../forgejo/transport.ts'
import type { ForgejoReader } from '../pass/ports.ts'

export interface WiredForgejo extends ForgejoReader {
  readonly close: () => Promise<void>
}

/** @param mode how issues are looked up */
export function wireForgejo(
  settings: Settings,
  clock: Clock,
  interrupted: () => boolean,
  mode: LookupMode,
  budget: Budget = UNLIMITED
): WiredForgejo {
  const { asker, client, close } = openForgejo(settings, clock, interrupted, budget)
  const lookup = new Lookup(client, mode)
  return {
    expect: (questions) => lookup.expect(questions),
    answer: (question) => lookup.answer(question),
    compareClocks: async () => {
      await askVersion(asker)
    },
    requests: () => ({ ...asker.counts }),
    skewMs: () => asker.skewMs,
    unreachable: () => asker.counts.requests > 0 && !asker.reached,
    close
  }
}

/** What {@link openForgejo} needs of the settings. */
type ForgejoSettings = Pick<Settings, 'forgejoUrl' | 'token' | 'apiTimeoutMs' | 'apiIntervalMs' | 'maxTries'>

/** The one way to Forgejo: a request at a time, paced. */
export function openForgejo(
  settings: ForgejoSettings,
  clock: Clock,
  interrupted: () => boolean,
  budget: Budget = UNLIMITED
) {
  const { forgejoUrl, token, apiTimeoutMs, apiIntervalMs, maxTries } = settings
  const transport = createTransport({ baseUrl: forgejoUrl, token, timeoutMs: apiTimeoutMs })
  const pacer = createPacer(apiIntervalMs, clock, interrupted, budget)
  const asker = new Asker({ transport, pacer, clock, maxTries, interrupted, budget })
  return { asker, client: new ForgejoClient(asker), close: () => transport.close() }
}
