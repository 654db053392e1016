import type { Report } from '../domain/report.ts'
import type { Redact } from './redact.ts'

/** How many characters are redacted and written at once: 100,000 entries are 36 MB. */
const PIECE = 64 * 1024

/**
 * The report as an indented JSON document, byte for byte what `JSON.stringify` makes of it, in pieces of
 * whole entries. A secret stands within one string, and so within one piece.
 */
export function* reportText(report: Report, redact: Redact): Generator<string> {
  const frame = JSON.stringify({ ...report, entries: [], errors: [] }, null, 2)
  const [start = '', middle = '', end = ''] = frame.split(/(?<=\n {2}"(?:entries|errors)": )\[\]/)
  let piece = ''
  for (const part of join([start, listText(report.entries), middle, listText(report.errors), end, '\n'])) {
    piece += part
    if (piece.length < PIECE) continue
    yield redact(piece)
    piece = ''
  }
  yield redact(piece)
}

function* join(parts: readonly (string | Iterable<string>)[]): Generator<string> {
  for (const part of parts) {
    if (typeof part === 'string') yield part
    else yield* part
  }
}

function* listText(items: readonly unknown[]): Generator<string> {
  if (items.length === 0) return yield '[]'
  let before = '['
  for (const item of items) {
    yield `${before}\n    ${JSON.stringify(item, null, 2).replaceAll('\n', '\n    ')}`
    before = ','
  }
  yield '\n  ]'
}
