import type { Ending } from '../domain/outcome.ts'
import { finishRemovals, noteDone, type Rest } from './finish-removals.ts'
import type { RemovalTools } from './removal-tools.ts'

/** More processes delete no faster where the disk is fast. */
const SIDE_BY_SIDE = 2
/** For so many at a time the starts of git and `rm` count no more: three of them for each would hold up the removals. */
const AT_LEAST = 8
const AT_MOST = 16

/**
 * Finishes removals while others are begun, some at a time, so that nothing lies in the trash for long; all of them when
 * somebody waits for their end.
 */
export class RemovalFinisher {
  readonly #tools: RemovalTools
  readonly #run: string
  readonly #interrupted: () => boolean
  readonly #waiting: Rest[] = []
  readonly #running = new Set<Promise<void>>()
  readonly #endings = new Map<string, Ending>()
  readonly #gone: Rest[] = []
  #awaited = false

  /** @param interrupted whether nothing new is to be begun: the next pass finishes what waits then */
  constructor(tools: RemovalTools, run: string, interrupted: () => boolean) {
    this.#tools = tools
    this.#run = run
    this.#interrupted = interrupted
  }

  add(rest: Rest): void {
    this.#waiting.push(rest)
    this.#begin()
  }

  /** How many were finished so far. */
  get finished(): number {
    return this.#endings.size
  }

  /** Waits until all are finished. @returns how each ended, by the worktree's path */
  async end(): Promise<ReadonlyMap<string, Ending>> {
    this.#awaited = true
    this.#begin()
    while (this.#running.size > 0) await Promise.all(this.#running)
    noteDone(this.#tools, this.#run, this.#gone.splice(0))
    this.#awaited = false
    for (const { intent } of this.#waiting) this.#endings.set(intent.path, { kind: 'waiting' })
    return this.#endings
  }

  #begin(): void {
    const least = this.#awaited ? 1 : AT_LEAST
    while (this.#running.size < SIDE_BY_SIDE && this.#waiting.length >= least && !this.#interrupted()) {
      // The other hand is left as many.
      const count = Math.min(AT_MOST, Math.max(least, Math.ceil(this.#waiting.length / SIDE_BY_SIDE)))
      const running = this.#finish(this.#waiting.splice(0, count)).finally(() => {
        this.#running.delete(running)
        this.#begin()
      })
      this.#running.add(running)
    }
  }

  async #finish(rests: readonly Rest[]): Promise<void> {
    const endings = await finishRemovals(this.#tools, this.#run, rests)
    for (const [rest, ending] of endings) {
      this.#endings.set(rest.intent.path, ending)
      if (ending.kind === 'deleted') this.#gone.push(rest)
    }
  }
}
