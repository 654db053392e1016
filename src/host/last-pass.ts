import { readFileSync } from 'node:fs'
import type { LastPass } from '../domain/inventory.ts'
import type { Report } from '../domain/report.ts'
import { summarize } from '../domain/summary.ts'

/** How the last pass ended, by its `last-run.json`; null when there is none that can be understood. */
export function readLastPass(path: string): LastPass | null {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    const { run, finishedAt, exitCode } = report
    if (Number.isNaN(Date.parse(finishedAt))) return null
    return { run, finishedAt, exitCode, summary: summarize(report) }
  } catch {
    return null
  }
}
