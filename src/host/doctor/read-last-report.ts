import { readFileSync } from 'node:fs'
import type { LastReportFacts } from '../../domain/doctor/check-schedule.ts'
import { errnoOf, isMissing } from '../file-error.ts'

/** When the last pass ended, and how. @param path of `last-run.json` */
export function readLastReport(path: string): LastReportFacts {
  try {
    const { finishedAt, exitCode } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const time = Date.parse(String(finishedAt))
    if (typeof exitCode === 'number' && !Number.isNaN(time))
      return { kind: 'read', finishedAt: time, exitCode }
    return { kind: 'unreadable', why: 'is no report' }
  } catch (error) {
    if (isMissing(error)) return { kind: 'absent' }
    return { kind: 'unreadable', why: `cannot be read (${errnoOf(error) ?? 'it is not JSON'})` }
  }
}
