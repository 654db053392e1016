import { type Decision, reasonText } from '../domain/decision.ts'
import { type Question, repoText } from '../domain/fact.ts'
import type { Report, ReportEntry, ReportError } from '../domain/report.ts'
import type { Observer } from '../pass/ports.ts'
import type { Log } from '../report/log.ts'
import type { Progress } from '../report/progress.ts'

/**
 * Shows a pass as it goes: progress on a terminal, one line at info for whatever changes.
 *
 * @param tick a clock in milliseconds that never goes back
 */
export function createObserver(log: Log, progress: Progress, dryRun: boolean, tick: () => number): Observer {
  const started = tick()
  let decided = { done: 0, of: 0 }
  return {
    deciding(done, of) {
      decided = { done, of }
    },
    asking(question) {
      const { done, of } = decided
      const left = timeLeft(tick() - started, done, of)
      progress.show(`${done + 1} of ${of}${left}: asking Forgejo about ${questionText(question)}`)
    },
    removing: (path, number, of) => progress.show(`${number} of ${of}: removing ${path}`),
    recovered({ path, how, why }) {
      if (how === 'failed') log.error({ path }, `An earlier pass was cut off: ${why}`)
      else log.info({ path }, `An earlier pass was cut off: ${how} what it was at`)
    },
    changed(name, decision, how) {
      log.info(
        { entry: name, reason: decision.reason },
        `${verbOf(decision, how, dryRun)} ${name}: ${reasonText(decision.reason)}`
      )
    }
  }
}

/** At the pace so far; in its first seconds a pass knows nothing of its pace. */
function timeLeft(elapsedMs: number, done: number, of: number): string {
  if (elapsedMs < 2_000 || done === 0) return ''
  const seconds = ((elapsedMs / done) * (of - done)) / 1_000
  return seconds < 90 ? `, ${Math.ceil(seconds)} s left` : `, ${Math.round(seconds / 60)} min left`
}

function questionText(question: Question): string {
  const repo = repoText(question.repo)
  if (question.kind === 'repo-gone') return repo
  return question.kind === 'open-pulls' ? `the open pull requests of ${repo}` : `${repo}#${question.number}`
}

function verbOf({ action }: Decision, how: 'moved-aside' | undefined, dryRun: boolean): string {
  if (how === 'moved-aside') return dryRun ? 'Would move aside' : 'Moved aside'
  if (action === 'drop') return dryRun ? 'Would drop' : 'Dropped'
  return dryRun ? 'Would remove' : 'Removed'
}

/** Logs what stays at debug, and each error once, however many entries it struck. */
export function logReport({ entries, errors, skipped }: Report, log: Log): void {
  const late = skipped.byReason.deadline ?? 0
  if (late > 0) {
    log.warn(
      `SWEEPER_DEADLINE_MINUTES were over before ${late} entries: they stay, and the next pass begins with them`
    )
  }
  for (const entry of entries.filter(({ action }) => action === 'keep')) {
    const { reason, evidence } = entry
    log.debug({ entry: nameOf(entry), reason, evidence }, `Kept ${nameOf(entry)}: ${reasonText(reason)}`)
  }
  const counts = new Map<string, number>()
  for (const { message } of errors) counts.set(message, (counts.get(message) ?? 0) + 1)
  for (const error of errors) {
    const count = counts.get(error.message) ?? 0
    if (!counts.delete(error.message)) continue
    const more = count === 1 ? '' : ` (and ${count - 1} more of the same)`
    log.error({ code: error.code }, `${errorName(error)}${error.message}${more}`)
  }
}

const nameOf = (entry: ReportEntry): string => (entry.kind === 'session' ? entry.key : entry.path)

function errorName(error: ReportError): string {
  if (error.kind === 'pass') return ''
  // Its message says where, and more of it would be the same.
  if (error.kind === 'artifact') return ''
  return `${error.kind === 'session' ? error.key : error.path}: `
}
