import { styleText } from 'node:util'
import { type Check, type CheckGroup, exitCodeOfChecks } from '../domain/doctor/check.ts'
import { printable } from './printable.ts'

const COLOURS = { ok: 'green', warning: 'yellow', wrong: 'red' } as const

const OUTCOMES = ['ok', 'warning', 'wrong'] as const

/** A line for each check under the heading of its group, and how many of each outcome at the end. */
export function renderChecks(groups: readonly CheckGroup[], colour: boolean): string {
  const checks = groups.flatMap((group) => group.checks)
  const width = Math.max(...checks.map(({ name }) => printable(name).length))
  const blocks = groups.map(({ title, checks: own }) =>
    [title, ...own.map((check) => `  ${lineOf(check, width, colour)}`)].join('\n')
  )
  const counts = OUTCOMES.map((outcome) => [outcome, countOf(checks, outcome)] as const)
  const end = counts
    .map(([outcome, count]) => `${count} ${outcome === 'warning' ? 'warnings' : outcome}`)
    .join(', ')
  return `${[...blocks, `doctor: ${end}`].join('\n\n')}\n`
}

const countOf = (checks: readonly Check[], outcome: Check['outcome']): number =>
  checks.filter((check) => check.outcome === outcome).length

function lineOf({ name, outcome, saw, advice }: Check, width: number, colour: boolean): string {
  const word = outcome.padEnd('warning'.length)
  const shown = colour ? styleText(COLOURS[outcome], word, { validateStream: false }) : word
  const rest = advice === null ? '' : ` → ${printable(advice)}`
  return `${shown}  ${printable(name).padEnd(width)}  ${printable(saw)}${rest}`
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
