import type { IssueState } from './state.ts'

/** How issues are looked up: from lists of the open ones where that saves requests, each by itself, always from lists. */
export const LOOKUP_MODES = ['auto', 'each', 'bulk'] as const
export type LookupMode = (typeof LOOKUP_MODES)[number]

type OpenIssue = Extract<IssueState, { state: 'open' }>

/** One page of a repo's open issues and pull requests, newest first. */
export interface OpenPage {
  /** Those that could be read. One that is not among them may be open all the same. */
  readonly open: ReadonlyMap<number, OpenIssue>
  /** How many the page holds, readable or not. */
  readonly size: number
  /** How many are open in all. */
  readonly total: number
}

/** What the lists of all repos have brought in this pass. */
export interface Yield {
  /** The requests that they saved, less those that they took. */
  readonly balance: number
  /** Of those asked about so far, how many were open, less those that were not. */
  readonly surplus: number
}

/** With fewer left to ask about, a first page could hardly save anything. */
const FEWEST = 3

/** So many more open than not, wherever they are, and lists are worth a try. */
const TRUST = 3

/** So many found open singly show that the list should have been read on. */
const MISSED = 2

/**
 * What is known of a repo's open issues and pull requests, and whether to read on in the list of them.
 *
 * One that closes while the list is read shifts the rest, and another is missed. So presence proves that it
 * is open, and absence nothing: what is not found has to be asked about singly.
 */
export class OpenList {
  /** Those that are to be asked about, as far as anyone knows yet. */
  readonly #wanted = new Set<number>()
  readonly #open = new Map<number, OpenIssue>()
  #pages = 0
  #pageSize = 0
  /** At least one, until the first tells. */
  #pagesLeft = 1
  #lowest = Number.POSITIVE_INFINITY
  #hits = 0
  #missed = 0
  #notOpen = 0

  get nextPage(): number {
    return this.#pages + 1
  }

  get yield(): Yield {
    return { balance: this.#hits - this.#pages, surplus: this.#hits + this.#missed - this.#notOpen }
  }

  find(number: number): OpenIssue | undefined {
    return this.#open.get(number)
  }

  /** Says that one will be asked about. */
  want(number: number): void {
    if (!this.#wanted.has(number) && this.#open.has(number)) this.#hits += 1
    this.#wanted.add(number)
  }

  /** Notes one that was seen to be open. */
  note(number: number, issue: OpenIssue): void {
    if (this.#wanted.has(number) && !this.#open.has(number)) this.#hits += 1
    this.#open.set(number, issue)
  }

  /** Says what came of asking about one singly. */
  askedSingly(number: number, isOpen: boolean): void {
    this.#wanted.delete(number)
    if (isOpen) this.#missed += 1
    else this.#notOpen += 1
  }

  /** @param page the next page; undefined when there is none to be had */
  add(page: OpenPage | undefined): void {
    this.#pages += 1
    this.#pagesLeft = 0
    if (page === undefined) return
    const before = this.#lowest
    for (const [number, issue] of page.open) {
      this.note(number, issue)
      this.#lowest = Math.min(this.#lowest, number)
    }
    // Empty, or the same page once more: there would be no end to it.
    if (this.#lowest === before) return
    // A server may be set to give fewer than was asked for; only the last page is shorter than the first.
    this.#pageSize = Math.max(this.#pageSize, page.size)
    this.#pagesLeft = Math.max(0, Math.ceil(page.total / this.#pageSize) - this.#pages)
  }

  /**
   * Whether to read the next page before one is asked about singly. `auto` reads
   *
   * - only what can save requests: fewer pages are left than numbers that may be on them;
   * - as long as the lists of the pass have saved what they took, and this one did, too, and more is open than not;
   * - and after two of the repo were found open singly in any case. So, with P open in the repo and C of those
   *   asked about not open, it takes at most ceil(P / 50) + C + 2 requests.
   *
   * How many are open no list can tell beforehand: one that holds none of them was read in vain.
   *
   * @param all what the lists of all repos have brought
   */
  readsOn(number: number, mode: LookupMode, all: Yield): boolean {
    if (mode === 'each' || this.#pagesLeft === 0 || !this.#mayCome(number)) return false
    if (mode === 'bulk') return true
    const candidates = [...this.#wanted].filter((one) => this.#mayCome(one)).length
    if (candidates <= this.#pagesLeft) return false
    if (this.#missed >= MISSED) return true
    if (this.#pages === 0 && candidates < FEWEST) return false
    return all.surplus >= TRUST && all.balance >= 0 && this.#hits >= this.#pages
  }

  /** The newest come first, so what is older than all that were read may come yet. */
  readonly #mayCome = (number: number): boolean => number < this.#lowest && !this.#open.has(number)
}
