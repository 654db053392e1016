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

/** A property of the top-level object: offsets of key, value and what separates it from the next. */
interface Span {
  readonly key: string
  readonly start: number
  valueStart: number
  end: number
}

/**
 * The entries of a store's text, in its order. Of a key that stands twice the last counts, as it
 * does for claude-hooks' own `JSON.parse`.
 *
 * @throws SyntaxError when the text is no JSON object
 */
export function parseStore(text: string): Map<string, StoreEntry> {
  const values = parseObject(text)
  const entries = new Map<string, StoreEntry>()
  for (const { key, valueStart, end } of findSpans(text)) {
    entries.set(key, { key, text: text.slice(valueStart, end), time: newestTime(values[key]) })
  }
  return entries
}

/** The values alone, as they are written, by key. @throws SyntaxError as {@link parseStore} */
export function parseTexts(text: string): Map<string, string> {
  parseObject(text)
  const texts = new Map<string, string>()
  for (const { key, valueStart, end } of findSpans(text)) texts.set(key, text.slice(valueStart, end))
  return texts
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  const parsed: unknown = JSON.parse(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new SyntaxError('it is not an object')
  }
  return parsed as Readonly<Record<string, unknown>>
}

/** Where the top-level properties stand. Only the offsets are kept: stores hold 100,000 entries. */
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
    onObjectProperty: (key, offset) => {
      if (depth === 1) spans.push({ key, start: offset, valueStart: offset, end: offset })
    },
    onLiteralValue: (_value, offset, length) => {
      const span = current()
      if (span !== undefined) Object.assign(span, { valueStart: offset, end: offset + length })
    }
  })
  return spans
}

/**
 * Takes entries out of a store's text. All else stays byte for byte: serialising anew would lose
 * `1.0`, integers past 2^53, escapes and the file's own layout.
 */
export function cutEntries(text: string, keys: ReadonlySet<string>): string {
  const spans = findSpans(text)
  if (!spans.some(({ key }) => keys.has(key))) return text
  const kept = spans.filter(({ key }) => !keys.has(key))
  const [first, last] = [spans[0], spans.at(-1)]
  if (first === undefined || last === undefined || kept.length === 0) return cutAll(text)

  let result = text.slice(0, first.start)
  spans.forEach((span, index) => {
    if (keys.has(span.key)) return
    if (span !== kept[0]) result += separatorBefore(text, spans, index)
    result += text.slice(span.start, span.end)
  })
  return result + text.slice(last.end)
}

/** The comma and white space that stand before a property. */
const separatorBefore = (text: string, spans: readonly Span[], index: number): string =>
  text.slice(spans[index - 1]?.end, spans[index]?.start)

const cutAll = (text: string): string =>
  `${text.slice(0, text.indexOf('{'))}{}${text.slice(text.lastIndexOf('}') + 1)}`

/** Puts entries behind the last one, laid out as the store is. All else stays byte for byte. */
export function appendEntries(text: string, entries: readonly Pick<StoreEntry, 'key' | 'text'>[]): string {
  const spans = findSpans(text)
  const [first, last] = [spans[0], spans.at(-1)]
  const open = text.indexOf('{') + 1
  const indent = first === undefined ? '' : text.slice(open, first.start)
  const colon =
    first === undefined ? ': ' : text.slice(first.start, first.valueStart).replace(/^"(?:[^"\\]|\\.)*"/, '')
  const added = entries
    .map(({ key, text: value }) => `${indent}${JSON.stringify(key)}${colon}${value}`)
    .join(',')
  if (last === undefined) return `${text.slice(0, open)}${added}${text.slice(text.lastIndexOf('}'))}`
  return `${text.slice(0, last.end)},${added}${text.slice(last.end)}`
}
