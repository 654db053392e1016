import { ARTIFACT_TYPES } from '../domain/artifact.ts'
import { KEEP_REASONS } from '../domain/decision.ts'
import type { Report, ReportEntry } from '../domain/report.ts'
import { DAY, HOUR } from '../domain/time.ts'
import { type Metric, readSample, renderMetrics } from './metrics-text.ts'

/** What there is to tell of a pass, however it ended. Times and spans are milliseconds. */
export interface PassFigures {
  readonly version: string
  /** Tells the sweepers of one machine apart: node_exporter takes no two files with the same series. */
  readonly stateDir: string
  readonly intervalHours: number
  readonly maxAgeDays: number
  readonly endedAt: number
  readonly durationMs: number
  readonly exitCode: number
  /** Null for a pass that an error ended. */
  readonly report: Report | null
}

const LAST_SUCCESS = 'last_success_timestamp_seconds'

/**
 * The metrics of the last pass as a text for node_exporter's textfile collector. What a pass that an
 * error ended cannot tell is left out, not written as 0.
 *
 * @param before the text of the pass before: its last success outlives a failure
 */
export function metricsText(figures: PassFigures, before: string): string {
  const { exitCode, endedAt, report, stateDir } = figures
  const common = { state_dir: stateDir }
  const earlier = readSample(before, fullName(LAST_SUCCESS), common) ?? 0
  const metrics = [
    ...passMetrics(figures, exitCode === 0 ? seconds(endedAt) : earlier),
    ...(report === null ? [] : reportMetrics(report))
  ]
  return renderMetrics(metrics, common)
}

const passMetrics = (figures: PassFigures, lastSuccess: number): Metric[] => [
  metric('build_info', 'The program that made the last pass; always 1.', [
    { labels: { version: figures.version }, value: 1 }
  ]),
  gauge('interval_seconds', 'How far apart passes are meant to be.', seconds(figures.intervalHours * HOUR)),
  gauge('max_age_seconds', 'The age past which sessions are dropped.', seconds(figures.maxAgeDays * DAY)),
  gauge('last_run_timestamp_seconds', 'When the last pass ended.', seconds(figures.endedAt)),
  gauge(LAST_SUCCESS, 'When the last pass ended with exit code 0; 0 for never.', lastSuccess),
  gauge('duration_seconds', 'How long the last pass took.', seconds(figures.durationMs)),
  gauge('exit_code', 'The exit code of the last pass.', figures.exitCode),
  // Without a report it is the error that ended the pass.
  gauge('errors', 'Errors of the last pass.', figures.report?.errors.length ?? 1)
]

const reportMetrics = (report: Report): Metric[] => [
  metric('swept_entries', 'What the last pass swept, by kind.', [
    byKind('session', report.swept.sessions),
    byKind('worktree', report.swept.worktrees),
    byKind('cache_clone', report.swept.cacheClones),
    byKind('artifact', report.swept.artifacts),
    byKind('container', report.swept.containers)
  ]),
  metric('kept_entries', 'What there is after the last pass, by kind.', [
    byKind('session', keptOf('session', report).length),
    byKind('worktree', keptOf('worktree', report).length)
  ]),
  metric(
    'skipped_entries',
    'What the last pass skipped, by reason: sessions, and worktrees that no kept session refers to.',
    KEEP_REASONS.map((reason) => ({ labels: { reason }, value: report.skipped.byReason[reason] ?? 0 }))
  ),
  gauge('unknown_entries', 'Entries kept because nobody could tell.', unknownOf(report).length),
  gauge('gave_up_entries', 'Worktrees that are not tried again until asked.', report.gaveUp),
  gauge('rescued_worktrees', 'Worktrees of the last pass that held what no remote has.', report.rescued),
  gauge(
    'freed_bytes',
    'What the worktrees and artifacts held that the last pass removed.',
    report.freedBytes
  ),
  metric(
    'swept_artifacts',
    'What the last pass swept of what Claude left, by type.',
    byType(report, 'removed')
  ),
  metric('freed_artifact_bytes', 'What the swept artifacts held, by type.', byType(report, 'bytes')),
  gauge('forgejo_requests', 'Requests to Forgejo in the last pass.', report.forgejo.requests),
  gauge('forgejo_retries', 'How many of them were retries.', report.forgejo.retries),
  metric(
    'oldest_kept_session_timestamp_seconds',
    'When the oldest kept session was last touched, by the reason why it is kept.',
    oldestKept(report)
  )
]

const fullName = (name: string): string => `claude_hooks_sweep_${name}`

const metric = (name: string, help: string, samples: Metric['samples']): Metric => ({
  name: fullName(name),
  help,
  samples
})

const gauge = (name: string, help: string, value: number): Metric =>
  metric(name, help, [{ labels: {}, value }])

const byKind = (kind: string, value: number) => ({ labels: { kind }, value })

const byType = ({ artifacts = {} }: Report, what: 'removed' | 'bytes'): Metric['samples'] =>
  ARTIFACT_TYPES.map((type) => ({ labels: { type }, value: artifacts[type]?.[what] ?? 0 }))

const seconds = (ms: number): number => ms / 1000

const keptOf = (kind: ReportEntry['kind'], { entries }: Report): ReportEntry[] =>
  entries.filter((entry) => entry.kind === kind && entry.action === 'keep')

const unknownOf = ({ entries }: Report): ReportEntry[] => entries.filter(({ reason }) => reason === 'unknown')

function oldestKept(report: Report): Metric['samples'] {
  const oldest = new Map<string, number>()
  for (const { reason, ageMs } of keptOf('session', report)) {
    if (ageMs !== null) oldest.set(reason, Math.max(ageMs, oldest.get(reason) ?? 0))
  }
  const startedAt = Date.parse(report.startedAt)
  return [...oldest].map(([reason, ageMs]) => ({ labels: { reason }, value: seconds(startedAt - ageMs) }))
}
