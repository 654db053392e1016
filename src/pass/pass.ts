import type { Budget } from '../domain/budget.ts'
import type { Clock } from '../domain/clock.ts'
import { keep, wasMissed } from '../domain/decision.ts'
import { type GoneRepos, noteGone } from '../domain/gone-repos.ts'
import type { Recovery } from '../domain/outcome.ts'
import { isSwept, nameOf, type Planned, withDecision } from '../domain/plan.ts'
import type { Report, ReportError } from '../domain/report.ts'
import { clockFault } from '../domain/time.ts'
import { applyPlan } from './apply.ts'
import type { ArtifactStep } from './artifact-ports.ts'
import { makePlan } from './plan.ts'
import type { Memory, Observer, PassOptions, Readers, Writers } from './ports.ts'
import { buildReport } from './report.ts'

export interface PassTools {
  readonly readers: Readers
  readonly writers: Writers
  readonly observer: Observer
  readonly clock: Clock
  /** Past it no more is asked; what is known by then is applied. */
  readonly budget: Budget
  /** The signal that interrupted the pass; null while it may go on. */
  readonly interrupt: () => 'SIGINT' | 'SIGTERM' | null
  /** What Claude left; undefined when nobody said where that is. */
  readonly sweepArtifacts?: ArtifactStep | undefined
}

/**
 * One pass: recover → gather → ask → decide → apply → remember → report.
 *
 * @throws CorruptStoreError, TokenRefusedError: then nothing was removed
 */
export async function runPass(tools: PassTools, options: PassOptions): Promise<Report> {
  const { readers, writers, observer, clock, budget } = tools
  const startedAt = clock.now()
  const startedTick = clock.monotonic()
  const recoveries = await writers.recover()
  recoveries.forEach(observer.recovered)

  // Artifacts go by age alone, and for good: by a clock that Forgejo confirms, to a token that it takes.
  if (tools.sweepArtifacts !== undefined) await readers.forgejo.compareClocks()
  const plan = await makePlan(readers, options.rules, options.maxRemovals, startedAt, observer, budget)
  const interrupted = () => tools.interrupt() !== null
  const hands = {
    ...{ readers, writers, observer, interrupted, rules: options.rules },
    clockFault: () => clockFault(startedAt, readers.forgejo.skewMs())
  }
  // What was interrupted while it was asked about begins to remove nothing.
  const begun = interrupted() ? plan.map(leaveAlone) : plan
  const applied = await applyPlan(begun, hands)

  const skewMs = readers.forgejo.skewMs()
  const fault = clockFault(startedAt, skewMs)
  const errors = [...recoveries.filter(({ how }) => how === 'failed').map(recoveryError)]
  errors.push(...passErrors(applied.plan, fault), ...applied.errors)
  const clockConfirmed = fault === null && skewMs !== null
  const clones = applied.plan.filter((planned) => planned.kind === 'cache-clone')
  // A day has gone by when it has by both clocks: neither can make one by being set.
  const asked = clockConfirmed ? startedAt + Math.max(0, skewMs) : null
  const gone = noteGone(readers.clones?.goneRepos ?? new Map(), clones, asked)
  const memory = memoryOf(applied.plan, gone, fault === null, clockConfirmed)
  errors.push(...(await rememberAll(writers, memory)))
  const dropped = new Set(
    applied.plan.flatMap((one) => (one.kind === 'session' && isSwept(one) ? one.session.text : []))
  )
  const artifacts = await tools.sweepArtifacts?.({ dropped, clockConfirmed, now: startedAt })
  errors.push(...(artifacts?.errors ?? []))
  return buildReport({
    options,
    plan: applied.plan,
    artifacts: artifacts?.tallies,
    freedBytes: applied.freedBytes,
    errors,
    forgejo: readers.forgejo.requests(),
    unreachable: readers.forgejo.unreachable(),
    signal: tools.interrupt(),
    startedAt,
    durationMs: Math.round(clock.monotonic() - startedTick)
  })
}

const leaveAlone = (planned: Planned): Planned =>
  isSwept(planned) ? withDecision(planned, keep('interrupted')) : planned

/** The pass is done by then: a full disk costs the memory, not the report. */
async function rememberAll(writers: Writers, memory: Memory): Promise<ReportError[]> {
  try {
    await writers.remember(memory)
    return []
  } catch (error) {
    const message = `What the next pass should know could not be written: ${error instanceof Error ? error.message : 'unknown error'}`
    return [{ kind: 'pass', code: 'LEDGER_WRITE_FAILED', message }]
  }
}

function memoryOf(
  plan: readonly Planned[],
  goneRepos: GoneRepos,
  clockTrusted: boolean,
  clockConfirmed: boolean
): Memory {
  const worktrees = plan.filter((planned) => planned.kind === 'worktree')
  const paths = (some: typeof worktrees) => some.map(({ placed }) => placed.worktree.path)
  // Cache clones have no turn: they come last, and can wait.
  const staying = plan.filter((planned) => planned.kind !== 'cache-clone' && !isSwept(planned))
  const failed = worktrees.filter(({ decision }) => decision.fault?.code === 'REMOVE_FAILED')
  return {
    worktrees: paths(worktrees),
    failed: new Set(paths(failed)),
    removed: new Set(paths(worktrees.filter(isSwept))),
    hadTurn: staying.filter(({ decision }) => !wasMissed(decision)).map(nameOf),
    missedTurn: staying.filter(({ decision }) => wasMissed(decision)).map(nameOf),
    goneRepos,
    clockTrusted,
    clockConfirmed
  }
}

const recoveryError = ({ kind, path, why }: Recovery): ReportError => ({
  kind,
  path,
  code: 'RECOVERY_FAILED',
  message: `An earlier pass was cut off and could not be finished: ${why}`
})

/** What concerns the pass as a whole: a wrong clock, too much to remove. */
function passErrors(plan: readonly Planned[], fault: string | null): ReportError[] {
  const errors: ReportError[] = []
  if (fault !== null) {
    errors.push({ kind: 'pass', code: 'CLOCK_SKEW', message: `${fault}; nothing was removed by age` })
  }
  const held = plan.filter(({ decision }) => decision.reason === 'max-removals').length
  if (held > 0) {
    const message = `${held} entries would go, more than SWEEPER_MAX_REMOVALS allows: none was removed; look at a dry run, then raise it`
    errors.push({ kind: 'pass', code: 'TOO_MANY_REMOVALS', message })
  }
  return errors
}
