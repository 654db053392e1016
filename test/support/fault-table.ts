import assert from 'node:assert/strict'
import { after } from 'node:test'

/** One fault and what it led to. */
export interface FaultRow {
  readonly fault: string
  /** What was done, and what should have been, in the same words. */
  readonly done: string
  readonly expected: string
  /** How much is gone that should be there: see `lostOf`. */
  readonly lost: number
}

/** The faults of a test file, printed as one table when it ends. */
export class FaultTable {
  readonly #rows: FaultRow[] = []

  /** @param subject what is at fault in every row */
  constructor(subject: string) {
    after(() => void process.stdout.write(renderRows(subject, this.#rows)))
  }

  /** Notes a row, then fails when it was not as expected or anything was lost. */
  add(row: FaultRow): void {
    this.#rows.push(row)
    assert.deepEqual({ done: row.done, lost: row.lost }, { done: row.expected, lost: 0 }, row.fault)
  }
}

function renderRows(subject: string, rows: readonly FaultRow[]): string {
  const cells = [
    [`${subject}: the fault`, 'what was done', 'what was expected', 'lost'],
    ...rows.map(({ fault, done, expected, lost }) => [
      `${subject}: ${fault}`,
      done,
      expected,
      `lost: ${lost}`
    ])
  ]
  const widthOf = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0))
  const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widthOf(column))).join(' | ')
  return cells.map((row) => `${line(row).trimEnd()}\n`).join('')
}
