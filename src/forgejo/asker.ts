import { type Budget, OUT_OF_TIME } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { type Fact, known, type Unknown, unknown } from '../domain/fact.ts'
import type { Meaning } from './meaning.ts'
import type { Pacer } from './pacer.ts'
import { type HttpAnswer, type Transport, TransportError } from './transport.ts'

/** Forgejo refused the token: nothing more can be asked. `scope` is what it lacks, where that is said. */
export class TokenRefusedError extends Error {
  readonly code = 'TOKEN_REFUSED'

  constructor(scope: string | null) {
    super(
      scope === null
        ? 'Forgejo refused the token (401): make a new one and set FORGEJO_TOKEN'
        : `Forgejo refused the token: it lacks the scope ${scope}; make one with read:issue and read:repository`
    )
  }
}

/** What an answer means once retries, refusals and faults are taken out. */
export type Reply<T> = Exclude<Meaning<T>, { kind: 'retry' | 'refused' | 'unknown' }>

export interface AskerOptions {
  readonly transport: Transport
  readonly pacer: Pacer
  readonly clock: Clock
  /** Tries per request, the first included. */
  readonly maxTries: number
  readonly interrupted: () => boolean
  /** Past it no request starts; the one under way has its own timeout. */
  readonly budget: Budget
}

/** Requests so far, and how many of them were a second or later try. */
export interface RequestCounts {
  requests: number
  retries: number
}

const FIRST_PAUSE_MS = 500
const LONGEST_RETRY_AFTER_MS = 60_000

/** After so many requests in a row that exhausted their tries Forgejo is left alone. */
const EXHAUSTED_LIMIT = 3

/** Asks one request at a time, each paced, tried again with growing pauses, and understood. */
export class Asker {
  readonly counts: RequestCounts = { requests: 0, retries: 0 }
  /** Forgejo's clock minus this one, in milliseconds: the worst seen; null before the first answer. */
  skewMs: number | null = null
  /** Whether anything that speaks like Forgejo has answered. */
  reached = false
  readonly #options: AskerOptions
  #exhaustedInARow = 0
  #isOver = false

  constructor(options: AskerOptions) {
    this.#options = options
  }

  /** @throws TokenRefusedError */
  async ask<T>(path: string, understand: (answer: HttpAnswer) => Meaning<T>): Promise<Fact<Reply<T>>> {
    if (this.#exhaustedInARow >= EXHAUSTED_LIMIT) {
      const why = `Forgejo is not asked any more: ${EXHAUSTED_LIMIT} requests in a row failed on every try`
      return unknown('FORGEJO_STOPPED', why)
    }
    const { pacer, clock, maxTries, interrupted, budget } = this.#options
    if (this.#isOver) return OUT_OF_TIME
    let last: Unknown = OUT_OF_TIME
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      const mayStart = await pacer()
      if (interrupted()) return unknown('INTERRUPTED', 'Interrupted before it was asked')
      if (!mayStart) return OUT_OF_TIME
      const meaning = await this.#try(path, understand, attempt)
      if (meaning.kind === 'refused') throw new TokenRefusedError(meaning.scope)
      if (meaning.kind !== 'retry') return this.#settle(meaning)
      last = unknown(meaning.code, meaning.why)
      if (attempt === maxTries) break
      const pause = this.#pauseAfter(attempt, meaning.retryAfter)
      if (pause > LONGEST_RETRY_AFTER_MS) break
      // Nobody else's question would be welcome before that pause is over, either.
      this.#isOver = pause >= budget.leftMs()
      if (this.#isOver) return OUT_OF_TIME
      await clock.sleep(pause)
    }
    this.#exhaustedInARow += 1
    return last
  }

  #settle<T>(meaning: Exclude<Meaning<T>, { kind: 'retry' | 'refused' }>): Fact<Reply<T>> {
    this.#exhaustedInARow = 0
    return meaning.kind === 'unknown' ? unknown(meaning.code, meaning.why) : known(meaning)
  }

  async #try<T>(
    path: string,
    understand: (answer: HttpAnswer) => Meaning<T>,
    attempt: number
  ): Promise<Meaning<T>> {
    this.counts.requests += 1
    if (attempt > 1) this.counts.retries += 1
    try {
      const answer = await this.#options.transport.get(path)
      const meaning = understand(answer)
      // A proxy's own pages prove nothing about Forgejo or its clock.
      if (meaning.kind !== 'retry') {
        this.reached = true
        this.#noteClock(answer.date)
      }
      return meaning
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      return { kind: 'retry', code: error.code, why: error.message, retryAfter: undefined }
    }
  }

  #noteClock(date: string | undefined): void {
    const skew = Date.parse(date ?? '') - this.#options.clock.now()
    if (Number.isNaN(skew)) return
    if (this.skewMs === null || Math.abs(skew) > Math.abs(this.skewMs)) this.skewMs = skew
  }

  /** `Retry-After` in seconds or as a date; else 0.5, 1, 2, 4, … s, of which up to half is left to chance. */
  #pauseAfter(attempt: number, retryAfter: string | undefined): number {
    const { clock } = this.#options
    if (retryAfter !== undefined) {
      if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000
      // An HTTP date begins with the day's name; `Date.parse` alone would take `-5` for a year.
      const wait = /^[A-Z][a-z]{2}/.test(retryAfter) ? Date.parse(retryAfter) - clock.now() : Number.NaN
      if (!Number.isNaN(wait)) return Math.max(0, wait)
    }
    const longest = FIRST_PAUSE_MS * 2 ** (attempt - 1)
    return longest * (0.5 + clock.random() / 2)
  }
}
