import { styleText } from 'node:util'
import { reasonText } from '../domain/decision.ts'
import type { Report, ReportEntry } from '../domain/report.ts'
import { formatBytes } from '../domain/summary.ts'
import { DAY, HOUR, MINUTE } from '../domain/time.ts'
import { printable, shorten } from './printable.ts'

const HEADINGS = ['ACTION', 'REASON', 'AGE', 'SIZE', 'ENTRY'] as const
const COLOURS = { keep: 'dim', drop: 'yellow', remove: 'red' } as const

/** The decisions of a dry run, a line each, within so many columns. */
export function renderTable({ entries }: Report, columns: number, colour: boolean): string {
  const rows = entries.map(cellsOf)
  const widths = HEADINGS.slice(0, -1).map((heading, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), heading.length)
  )
  const used = widths.reduce((sum, width) => sum + width + 2, 0)
  const line = (cells: readonly string[]) => {
    const fixed = widths.map((width, column) => (cells[column] ?? '').padEnd(width))
    return [...fixed, shorten(cells.at(-1) ?? '', Math.max(20, columns - used))].join('  ').trimEnd()
  }
  const body = entries.map((entry, index) => {
    const text = line(rows[index] ?? [])
    return colour ? styleText(COLOURS[entry.action], text, { validateStream: false }) : text
  })
  return [line(HEADINGS), ...body].map((text) => `${text}\n`).join('')
}

function cellsOf(entry: ReportEntry): string[] {
  const name = entry.kind === 'session' ? entry.key : entry.path
  const bytes = entry.kind === 'session' ? undefined : entry.bytes
  const size = bytes === undefined ? '-' : formatBytes(bytes)
  const age = entry.ageMs === null ? '-' : formatAge(entry.ageMs)
  return [entry.action, reasonText(entry.reason), age, size, printable(name)]
}

const AGE_UNITS: readonly (readonly [number, string])[] = [
  [DAY, 'd'],
  [HOUR, 'h'],
  [MINUTE, 'm']
]

/** A span in its largest whole unit: `12d`, `3h`, `0m`. */
export function formatAge(ms: number): string {
  const [size, unit] = AGE_UNITS.find(([span]) => ms >= span) ?? [MINUTE, 'm']
  return `${Math.floor(ms / size)}${unit}`
}
