import type { ArtifactTallies } from '../domain/artifact.ts'
import type { Reason } from '../domain/decision.ts'
import { repoText } from '../domain/fact.ts'
import { isSkipped, isSwept, type Planned, type PlannedClone } from '../domain/plan.ts'
import type { Report, ReportEntry, ReportError } from '../domain/report.ts'
import { isoTime } from '../domain/time.ts'
import type { PassOptions } from './ports.ts'

/** All that a report is made of. */
export interface ReportParts {
  readonly options: PassOptions
  readonly plan: readonly Planned[]
  /** Undefined when there is no such step. */
  readonly artifacts: ArtifactTallies | undefined
  readonly freedBytes: number
  readonly errors: readonly ReportError[]
  readonly forgejo: { readonly requests: number; readonly retries: number }
  readonly unreachable: boolean
  readonly signal: 'SIGINT' | 'SIGTERM' | null
  readonly startedAt: number
  readonly durationMs: number
}

export function buildReport(parts: ReportParts): Report {
  const { options, plan, startedAt, durationMs } = parts
  const errors = [...plan.flatMap(errorOf), ...parts.errors]
  const swept = plan.filter(isSwept)
  const tallies = Object.values(parts.artifacts ?? {})
  return {
    schema: 'claude-hooks-sweep/report@1',
    run: options.run,
    version: options.version,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(startedAt + durationMs),
    durationMs,
    dryRun: options.dryRun,
    exitCode: exitCodeOf(parts, errors.length),
    swept: {
      sessions: swept.filter(({ kind }) => kind === 'session').length,
      worktrees: swept.filter(({ kind }) => kind === 'worktree').length,
      cacheClones: swept.filter(({ kind }) => kind === 'cache-clone').length,
      artifacts: tallies.reduce((sum, { removed }) => sum + removed, 0),
      containers: 0
    },
    skipped: countSkipped(plan),
    ...(parts.artifacts === undefined ? {} : { artifacts: parts.artifacts }),
    rescued: countRescued(plan),
    freedBytes: tallies.reduce((sum, { bytes }) => sum + bytes, parts.freedBytes),
    gaveUp: plan.filter(({ decision }) => decision.reason === 'gave-up').length,
    forgejo: parts.forgejo,
    entries: plan.map(entryOf),
    errors
  }
}

/** 128 + the signal's number; 69 when Forgejo could not be reached; 1 for partial errors. */
function exitCodeOf({ signal, unreachable }: ReportParts, errors: number): number {
  if (signal !== null) return signal === 'SIGINT' ? 130 : 143
  if (unreachable) return 69
  return errors > 0 ? 1 : 0
}

/** The worktrees that went and held something that no remote has. */
const countRescued = (plan: readonly Planned[]): number =>
  plan.filter((one) => one.kind === 'worktree' && isSwept(one) && (one.work?.holds ?? null) !== null).length

function countSkipped(plan: readonly Planned[]): Report['skipped'] {
  const byReason: Partial<Record<Reason, number>> = {}
  const skipped = plan.filter(isSkipped)
  for (const { decision } of skipped) {
    byReason[decision.reason] = (byReason[decision.reason] ?? 0) + 1
  }
  return { total: skipped.length, byReason }
}

/** Session by session, field by field: a spread takes twice the memory, and there can be 100,000. */
function entryOf(planned: Planned): ReportEntry {
  const { action, reason, evidence } = planned.decision
  if (planned.kind === 'session') {
    const { text: key, key: parsed, ageMs } = planned.session
    const agent = parsed?.agent ?? null
    const repo = parsed === null ? null : repoText(parsed.repo)
    const number = parsed?.number ?? null
    return { kind: 'session', key, agent, repo, number, action, reason, evidence, ageMs }
  }
  if (planned.kind === 'cache-clone') return cloneEntryOf(planned)
  const { worktree, number } = planned.placed
  const { path, agent, branch } = worktree
  const repo = worktree.repo.known ? repoText(worktree.repo.value) : null
  const ageMs = worktree.ageMs.known ? worktree.ageMs.value : null
  const bytes = planned.work === null ? {} : { bytes: planned.work.bytes }
  const rescue = planned.rescue === null ? {} : { rescue: planned.rescue }
  const identity = { path, agent, repo, branch, number }
  return { kind: 'worktree', ...identity, action, reason, evidence, ageMs, ...bytes, ...rescue }
}

function cloneEntryOf({ clone, facts, decision }: PlannedClone): ReportEntry {
  const { action, reason, evidence } = decision
  const { path, repo, ageMs } = clone
  const bytes = facts.work.known ? { bytes: facts.work.value.bytes } : {}
  const age = ageMs.known ? ageMs.value : null
  return { kind: 'cache-clone', path, repo: repoText(repo), action, reason, evidence, ageMs: age, ...bytes }
}

function errorOf(planned: Planned): ReportError[] {
  const { fault } = planned.decision
  if (fault === undefined) return []
  if (planned.kind === 'session') return [{ kind: 'session', key: planned.session.text, ...fault }]
  const { kind } = planned
  return [{ kind, path: kind === 'worktree' ? planned.placed.worktree.path : planned.clone.path, ...fault }]
}
