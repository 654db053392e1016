import { after } from 'node:test'

/** One fault, what came of it, and how much was lost by it. */
export interface FaultRow {
  readonly fault: string
  readonly done: string
  readonly expected: string
  readonly lost: number
}

/** Collects rows and prints them as one table when the file's tests are over. */
export class FaultTable {
  readonly #rows: FaultRow[] = []

  constructor() {
    after(() => process.stdout.write(this.#render()))
  }

  add(row: FaultRow): void {
    this.#rows.push(row)
  }

  #render(): string {
    const cells = this.#rows.map(({ fault, done, expected, lost }) => [
      fault,
      done,
      expected,
      `lost: ${lost}`
    ])
    const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
    return cells
      .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')}\n`)
      .join('')
  }
}
