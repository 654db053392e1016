import type { Report } from '../domain/report.ts'
import { summarize } from '../domain/summary.ts'
import { describeExit, exitCodeOf, LOCKED } from './exit-codes.ts'
import { runUuid } from './run-id.ts'
import type { Surroundings } from './surroundings.ts'

/** How a pass ended: with a report, or by an error. Spans are milliseconds. */
interface PassEnd {
  readonly exitCode: number
  readonly report: Report | null
  readonly durationMs: number
}

/** Who is told from outside that a pass runs and how it ended. Telling never fails the pass. */
interface Monitor {
  readonly started: () => Promise<void>
  readonly ended: (end: PassEnd) => Promise<void>
}

/** What tells one pass from another. */
export interface PassName {
  readonly run: string
  readonly version: string
  readonly dryRun: boolean
}

/**
 * Makes a pass and tells of it, whatever way it ends, except when another holds the lock: that one
 * tells of itself. A dry run is nobody's business.
 *
 * @param pass given what to call once it has the lock
 */
export async function monitored(
  name: PassName,
  surroundings: Surroundings,
  pass: (started: Monitor['started']) => Promise<Report>
): Promise<Report> {
  const monitor = name.dryRun ? NOBODY : wireMonitor(name, surroundings)
  const { clock } = surroundings
  const startedTick = clock.monotonic()
  try {
    const report = await pass(monitor.started)
    await monitor.ended({ exitCode: report.exitCode, report, durationMs: report.durationMs })
    return report
  } catch (error) {
    const exitCode = exitCodeOf(error)
    const durationMs = Math.round(clock.monotonic() - startedTick)
    if (exitCode !== LOCKED) await monitor.ended({ exitCode, report: null, durationMs })
    throw error
  }
}

const NOBODY: Monitor = { started: async () => {}, ended: async () => {} }

function wireMonitor({ run, version }: PassName, surroundings: Surroundings): Monitor {
  return {
    started: () => sendPing(surroundings, run, 'start', '', 1),
    async ended(end) {
      await writeMetrics(surroundings, version, end)
      const text = end.report === null ? describeExit(end.exitCode) : summarize(end.report)
      await sendPing(surroundings, run, end.exitCode === 0 ? '' : String(end.exitCode), text, 3)
    }
  }
}

/** What writes metrics is loaded when somebody wants them. */
async function writeMetrics(
  { settings, clock, log }: Surroundings,
  version: string,
  { exitCode, report, durationMs }: PassEnd
): Promise<void> {
  const { metricsFile, stateDir, intervalHours, maxAgeDays } = settings
  if (metricsFile === null) return
  try {
    const { metricsText, readMetricsFile, writeMetricsFile } = await import('./working-parts.ts')
    const endedAt = report === null ? clock.now() : Date.parse(report.finishedAt)
    const figures = { version, stateDir, intervalHours, maxAgeDays, endedAt, durationMs, exitCode, report }
    writeMetricsFile(metricsFile, metricsText(figures, readMetricsFile(metricsFile)))
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error'
    log.warn(`SWEEPER_METRICS_FILE: ${metricsFile} could not be written (${why}); ${NO_MATTER}`)
  }
}

/** Short: a check that is down holds no pass up for long. */
const PATIENCE = { timeoutMs: 5_000, pauseMs: 1_000 }

const NO_MATTER = 'what the pass does is not touched by it'

/** The URL is a secret: the warning does without it. */
async function sendPing(
  { settings, clock, log }: Surroundings,
  run: string,
  end: string,
  text: string,
  tries: number
): Promise<void> {
  const check = settings.pingUrl
  if (check === null) return
  const send = async () => {
    const { ping, pingUrl } = await import('./working-parts.ts')
    return ping(pingUrl(check, end, runUuid(run)), text, { ...PATIENCE, tries, sleep: clock.sleep })
  }
  const why = await send().catch(() => 'it could not be sent')
  if (why === undefined) return
  const what = end === 'start' ? 'start' : 'end'
  log.warn(`SWEEPER_PING_URL: the ping at the ${what} of the pass failed (${why}); ${NO_MATTER}`)
}
