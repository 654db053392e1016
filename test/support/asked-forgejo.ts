import { UNLIMITED } from '../../src/domain/budget.ts'
import type { Clock } from '../../src/domain/clock.ts'
import type { LookupMode } from '../../src/domain/open-list.ts'
import { Asker } from '../../src/forgejo/asker.ts'
import { ForgejoClient } from '../../src/forgejo/client.ts'
import { Lookup } from '../../src/forgejo/lookup.ts'
import { createPacer } from '../../src/forgejo/pacer.ts'
import type { HttpAnswer, Transport } from '../../src/forgejo/transport.ts'
import type { ForgejoReader } from '../../src/pass/ports.ts'
import type { ForgejoStandIn } from './forgejo-stand-in.ts'

/** The real client before a stand-in, without a connection and without waiting. */
export interface AskedForgejo extends ForgejoReader {
  /** What was asked, below `/api/v1/repos/`. */
  readonly paths: readonly string[]
  /** What the pauses between requests come to, in milliseconds. */
  readonly waitedMs: () => number
}

/** @param before called before each request, with how many went before it and its path; it may refuse an answer */
export function askForgejo(
  standIn: ForgejoStandIn,
  mode: LookupMode,
  before: (requests: number, path: string) => void = () => {}
): AskedForgejo {
  const paths: string[] = []
  const transport: Transport = {
    async get(path) {
      const requests = paths.length
      paths.push(path.replace('/repos/', ''))
      before(requests, path)
      return answerOf(standIn, path)
    },
    async close() {}
  }
  let time = 0
  const clock: Clock = {
    now: Date.now,
    monotonic: () => time,
    sleep: async (ms) => {
      time += ms
    },
    random: () => 0
  }
  const pacer = createPacer(200, clock)
  const asker = new Asker({
    transport,
    pacer,
    clock,
    maxTries: 5,
    interrupted: () => false,
    budget: UNLIMITED
  })
  const lookup = new Lookup(new ForgejoClient(asker), mode)
  return {
    expect: (questions) => lookup.expect(questions),
    answer: (question) => lookup.answer(question),
    requests: () => ({ ...asker.counts }),
    skewMs: () => asker.skewMs,
    compareClocks: async () => {},
    unreachable: () => false,
    paths,
    waitedMs: () => time
  }
}

function answerOf(standIn: ForgejoStandIn, path: string): HttpAnswer {
  const { status, headers, body } = standIn.route(new URL(`/api/v1${path}`, 'http://forgejo.test'), 'all')
  return {
    status,
    contentType: headers['content-type'] ?? '',
    location: headers['location'],
    retryAfter: undefined,
    date: undefined,
    totalCount: headers['x-total-count'],
    body: typeof body === 'string' ? body : JSON.stringify(body)
  }
}
