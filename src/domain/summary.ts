import { isActive, type Reason, reasonText } from './decision.ts'
import type { Report } from './report.ts'

/** The one line that a pass ends with; scripts match on it. */
export function summarize(report: Report): string {
  const { swept } = report
  const head = report.dryRun ? 'would sweep' : 'swept'
  const counts = `${swept.sessions} sessions, ${swept.worktrees} worktrees, ${swept.cacheClones} cache clones`
  const skipped = `skipped: ${report.skipped.total} (${describeSkipped(report)})`
  return [`${head}: ${counts}`, skipped, ...extras(report)].join('; ')
}

/** `still active` when that is why all were kept, else how many for which reason. */
function describeSkipped({ skipped }: Report): string {
  const reasons = Object.entries(skipped.byReason) as [Reason, number][]
  const others = reasons.filter(([reason]) => !isActive(reason))
  if (others.length === 0) return 'still active'
  const active = skipped.total - others.reduce((sum, [, count]) => sum + count, 0)
  const rest = others.map(([reason, count]) => `${count} ${reasonText(reason)}`)
  return (active > 0 ? [`${active} still active`, ...rest] : rest).join(', ')
}

function extras(report: Report): string[] {
  const { rescued, swept, freedBytes, gaveUp, errors } = report
  const parts: [string, number, string][] = [
    ['rescued', rescued, `${rescued}`],
    ['artifacts', swept.artifacts, `${swept.artifacts}`],
    ['containers', swept.containers, `${swept.containers}`],
    ['freed', freedBytes, formatBytes(freedBytes)],
    ['gave up', gaveUp, `${gaveUp}`],
    ['errors', errors.length, `${errors.length}`]
  ]
  return parts.filter(([, amount]) => amount > 0).map(([name, , text]) => `${name}: ${text}`)
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Bytes with one decimal in powers of 1000: `3.4 GB`. */
export function formatBytes(bytes: number): string {
  let amount = bytes
  let unit = 0
  // 999.95 would be written 1000.0.
  while (amount >= 999.95 && unit < UNITS.length - 1) {
    amount /= 1000
    unit += 1
  }
  return `${amount.toFixed(1)} ${UNITS[unit]}`
}
