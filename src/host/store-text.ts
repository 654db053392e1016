import { visit } from 'jsonc-parser'
import { newestTime } from '../domain/time.ts'

/** One entry of the session store, with its place in the store's text. */
export interface StoreEntry {
  readonly key: string
  /** The value as it is written. */
  readonly text: string
  /** The newest time in it; null when it holds none that can be read. Stores hold 100,000 values. */
  readonly time: number | null
}

/** The session store is not what claude-hooks writes: nothing may be removed on its word. */
export class CorruptStoreError extends Error {
  readonly code = 'STORE_CORRUPT'

  constructor(path: string, why: string) {
    super(`The session store ${path} ${why}: restore it or move it away; nothing was removed`)
  }
}

/** A property of the top-level object, by its offsets in the text. */
interface Span {
  readonly key: string
  readonly start: number
  readonly keyEnd: number
  valueStart: number
  end: number
}

/**
 * The text of a session store, in which entries are found and changed. All else stays byte for byte:
 * serialising anew would lose `1.0`, integers past 2^53, escapes and the file's own layout.
 */
export class StoreText {
  readonly #text: string
  readonly #spans: readonly Span[]

  /** @throws SyntaxError when the text is no JSON object, RangeError when it is nested too deeply */
  constructor(text: string) {
    this.#text = text
    this.#spans = findSpans(text)
    if (isObjectOf(text, this.#spans)) return
    // For its message, which says where.
    JSON.parse(text)
    throw new SyntaxError('it is not an object')
  }

  /**
   * Its entries, in its order. Of a key that stands twice the last counts, as it does for claude-hooks'
   * own `JSON.parse`.
   */
  entries(): Map<string, StoreEntry> {
    const entries = new Map<string, StoreEntry>()
    for (const [key, text] of this.values()) {
      entries.set(key, { key, text, time: newestTime(JSON.parse(text)) })
    }
    return entries
  }

  /** The values alone, as they are written, by key. */
  values(): Map<string, string> {
    return new Map(this.#spans.map(({ key, valueStart, end }) => [key, this.#text.slice(valueStart, end)]))
  }

  /** The text without some entries. */
  without(keys: ReadonlySet<string>): string {
    const spans = this.#spans
    const [first, last] = [spans[0], spans.at(-1)]
    if (first === undefined || last === undefined) return this.#text
    const pieces: string[] = []
    for (const [index, { key, start, end }] of spans.entries()) {
      if (keys.has(key)) continue
      // All but the first that stays have the comma and white space that stood before them.
      pieces.push(this.#text.slice(pieces.length === 0 ? start : spans[index - 1]?.end, end))
    }
    if (pieces.length === 0) return `${this.#text.slice(0, this.#open)}${this.#text.slice(this.#close)}`
    return `${this.#text.slice(0, first.start)}${pieces.join('')}${this.#text.slice(last.end)}`
  }

  /** The text with entries put behind the last one, laid out as the store is. */
  with(entries: readonly Pick<StoreEntry, 'key' | 'text'>[]): string {
    const [first, last] = [this.#spans[0], this.#spans.at(-1)]
    const indent = this.#text.slice(this.#open, first?.start ?? this.#open)
    const colon = first === undefined ? ': ' : this.#text.slice(first.keyEnd, first.valueStart)
    const added = entries.map(({ key, text }) => `${indent}${JSON.stringify(key)}${colon}${text}`).join(',')
    if (last === undefined)
      return `${this.#text.slice(0, this.#open)}${added}${this.#text.slice(this.#close)}`
    return `${this.#text.slice(0, last.end)},${added}${this.#text.slice(last.end)}`
  }

  get #open(): number {
    return this.#text.indexOf('{') + 1
  }

  get #close(): number {
    return this.#text.lastIndexOf('}')
  }
}

/** Where the top-level properties stand. The parser forgives much: `isObjectOf` does not. */
function findSpans(text: string): Span[] {
  const spans: Span[] = []
  let depth = 0
  const current = () => (depth === 1 ? spans.at(-1) : undefined)
  const opens = (offset: number) => {
    const span = current()
    if (span !== undefined) span.valueStart = offset
    depth += 1
  }
  const closes = (offset: number, length: number) => {
    depth -= 1
    const span = current()
    if (span !== undefined) span.end = offset + length
  }
  visit(text, {
    onObjectBegin: opens,
    onArrayBegin: opens,
    onObjectEnd: closes,
    onArrayEnd: closes,
    onObjectProperty: (key, start, length) => {
      const keyEnd = start + length
      if (depth === 1) spans.push({ key, start, keyEnd, valueStart: keyEnd, end: keyEnd })
    },
    onLiteralValue: (_value, offset, length) => {
      const span = current()
      if (span === undefined) return
      span.valueStart = offset
      span.end = offset + length
    }
  })
  return spans
}

const OPEN = /^[ \t\r\n]*\{[ \t\r\n]*$/
const COLON = /^[ \t\r\n]*:[ \t\r\n]*$/
const COMMA = /^[ \t\r\n]*,[ \t\r\n]*$/
const CLOSE = /^[ \t\r\n]*\}[ \t\r\n]*$/

/**
 * Whether a text is a JSON object of those properties and nothing else. Looked at part by part: the tree of
 * a store of 100,000 entries takes three times as much memory as its text.
 */
function isObjectOf(text: string, spans: readonly Span[]): boolean {
  const has = (form: RegExp, from: number, to?: number) => form.test(text.slice(from, to))
  let done = spans[0]?.start ?? text.indexOf('{') + 1
  if (!has(OPEN, 0, done)) return false
  for (const [index, { key, start, keyEnd, valueStart, end }] of spans.entries()) {
    if (index > 0 && !has(COMMA, done, start)) return false
    if (!has(COLON, keyEnd, valueStart)) return false
    if (parsed(text.slice(start, keyEnd)) !== key) return false
    if (parsed(text.slice(valueStart, end)) === undefined) return false
    done = end
  }
  return has(CLOSE, done)
}

/** What a text is as JSON; undefined when it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
