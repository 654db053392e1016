import { deadlineMinutesOf } from '../config/deadline.ts'
import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import { startBudget } from '../domain/budget.ts'
import type { Report } from '../domain/report.ts'
import { summarize } from '../domain/summary.ts'
import { isoTime, MINUTE } from '../domain/time.ts'
import { replaceFile } from '../host/durable-file.ts'
import { takeLock } from '../host/lock.ts'
import { makeSweeperDirectory, orUnusable, type StatePaths, statePaths } from '../host/state-dir.ts'
import { runPass } from '../pass/pass.ts'
import { type Log, withFields } from '../report/log.ts'
import type { Redact } from '../report/redact.ts'
import { reportText } from '../report/report-text.ts'
import { renderTable } from '../report/table.ts'
import { artifactStep } from './artifact-step.ts'
import type { Console } from './console.ts'
import { openGround } from './ground.ts'
import { lazyForgejo } from './lazy-forgejo.ts'
import { monitored, type PassName } from './monitor.ts'
import { createObserver, logReport } from './observe.ts'
import { runId } from './run-id.ts'
import { type Surroundings, withSurroundings } from './surroundings.ts'
import { rulesOf, wireReaders } from './wiring.ts'
import { recordingWriters, wireWriters } from './wiring-writers.ts'

/**
 * The pass: settings, lock, pass, last-run.json, output.
 *
 * @returns the exit code
 * @throws errors with a `code` that the table of exit codes knows
 */
export const sweep = (flags: Flags, env: Environment, console: Console, version: string): Promise<number> =>
  withSurroundings(flags, env, console, async (opened) => {
    const name = { run: runId(opened.clock), version, dryRun: flags['dryRun'] === true }
    const surroundings = { ...opened, log: withFields(opened.log, { run: name.run }) }
    const { exitCode } = await monitored(name, surroundings, async (started) => {
      const report = await sweepOnce(name, flags, surroundings, started)
      logReport(report, surroundings.log)
      await print(report, flags, surroundings)
      return report
    })
    return exitCode
  })

async function sweepOnce(
  { run, version, dryRun }: PassName,
  flags: Flags,
  { settings, log, console, interrupt, clock, redact }: Surroundings,
  started: () => Promise<void>
): Promise<Report> {
  const paths = statePaths(settings.stateDir)
  if (!dryRun) makeSweeperDirectory(paths)
  const lock = dryRun
    ? undefined
    : orUnusable(paths.lock, () => takeLock(paths.lock, isoTime(clock.now()), run))
  const { deadlineMinutes, intervalHours, lookup } = settings
  const budget = startBudget(deadlineMinutesOf(deadlineMinutes, intervalHours) * MINUTE, clock)
  const interrupted = () => interrupt.signal() !== null
  const forgejo = lazyForgejo(settings, clock, interrupted, lookup, budget)
  try {
    await started()
    const ground = openGround(settings, paths, clock, log)
    const tools = {
      readers: wireReaders(ground, forgejo),
      writers: dryRun ? recordingWriters : wireWriters(ground, run, (text) => log.warn(text), interrupted),
      observer: createObserver(log, console.progress, dryRun, clock.monotonic),
      clock,
      budget,
      interrupt: interrupt.signal,
      sweepArtifacts: artifactStep(ground, { log, console, interrupt }, run, dryRun)
    }
    const options = {
      run,
      version,
      dryRun,
      rules: rulesOf(settings, ground, flags['retryFailed'] === true),
      maxRemovals: settings.maxRemovals
    }
    const report = await runPass(tools, options)
    if (!dryRun) writeLastRun(paths, report, redact, log)
    ground.root?.close()
    return report
  } finally {
    console.progress.clear()
    await forgejo.close()
    lock?.release()
  }
}

/** The pass is over and what it did is done: a full disk here is worth a warning. */
function writeLastRun({ lastRun }: StatePaths, report: Report, redact: Redact, log: Log): void {
  try {
    replaceFile(lastRun, reportText(report, redact), { temporary: `${lastRun}.tmp` })
  } catch (error) {
    log.warn({ err: error }, `${lastRun} could not be written`)
  }
}

async function print(report: Report, flags: Flags, { console, redact }: Surroundings): Promise<void> {
  if (report.dryRun && console.isTerminal && flags['quiet'] !== true) {
    console.stderr(redact(renderTable(report, console.columns, console.colour)))
  }
  if (flags['json'] !== true) return console.result(redact(`${summarize(report)}\n`))
  for (const piece of reportText(report, redact)) await console.result(piece)
}
