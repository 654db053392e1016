import { styleText } from 'node:util'
import { type Check, type CheckGroup, exitCodeOfChecks } from '../domain/doctor/check.ts'
import { printable } from './printable.ts'

const COLOURS = { ok: 'green', warning: 'yellow', wrong: 'red' } as const

/** The checks stand below their heading. */
const INDENT = 2

const OUTCOMES = ['ok', 'warning', 'wrong'] as const

/** A line for each check under the heading of its group, and how many of each outcome at the end. */
export function renderChecks(groups: readonly CheckGroup[], columns: number, colour: boolean): string {
  const checks = groups.flatMap((group) => group.checks)
  const widest = Math.max(...checks.map(({ name }) => printable(name).length))
  // On a terminal one long name, of a repo say, does not push all others aside.
  const width = Math.min(widest, Math.ceil(columns / 4))
  const blocks = groups.map(({ title, checks: own }) =>
    [title, ...own.map((check) => `  ${lineOf(check, width, columns, colour)}`)].join('\n')
  )
  const counts = OUTCOMES.map((outcome) => [outcome, countOf(checks, outcome)] as const)
  const end = counts
    .map(([outcome, count]) => `${count} ${outcome === 'warning' ? 'warnings' : outcome}`)
    .join(', ')
  return `${[...blocks, `doctor: ${end}`].join('\n\n')}\n`
}

const countOf = (checks: readonly Check[], outcome: Check['outcome']): number =>
  checks.filter((check) => check.outcome === outcome).length

function lineOf(
  { name, outcome, saw, advice }: Check,
  width: number,
  columns: number,
  colour: boolean
): string {
  const word = outcome.padEnd('warning'.length)
  const shown = colour ? styleText(COLOURS[outcome], word, { validateStream: false }) : word
  const text = `${printable(name).padEnd(width)}  ${printable(saw)}`
  if (advice === null) return `${shown}  ${text}`
  const fits = INDENT + word.length + 2 + text.length + 3 + advice.length <= columns
  // What to do about it is not to be lost in the middle of a wrapped line.
  return `${shown}  ${text}${fits ? ' ' : `\n${' '.repeat(INDENT + word.length + 2)}`}→ ${printable(advice)}`
}

/** The same as one JSON document. */
export function checksJson(groups: readonly CheckGroup[]): string {
  const document = {
    schema: 'claude-hooks-sweep/doctor@1',
    exitCode: exitCodeOfChecks(groups),
    checks: groups.flatMap(({ title, checks }) =>
      checks.map(({ name, outcome, saw, advice }) => ({ group: title, name, outcome, saw, advice }))
    )
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
