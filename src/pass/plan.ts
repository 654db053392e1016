import { guardRetry, guardWork } from '../domain/guard-removal.ts'
import { isSwept, limitRemovals, type Planned, type PlannedWorktree, withDecision } from '../domain/plan.ts'
import type { Session, Worktree } from '../domain/state.ts'
import { UsedWorktrees } from '../domain/used-worktrees.ts'
import { Answers, type PlacedWorktree, placeWorktree, type Rules } from '../domain/world.ts'
import { decideSessions, decideWorktrees, faultOf, type Questioning } from './ask.ts'
import type { Observer, Readers } from './ports.ts'

/** Gathers, asks and decides: what would be swept, and why the rest stays. Changes nothing. */
export async function makePlan(
  readers: Readers,
  rules: Rules,
  maxRemovals: number,
  now: number,
  observer: Observer
): Promise<readonly Planned[]> {
  const sessions = readers.sessions()
  const worktrees = readers.worktrees().map((worktree) => placeWorktree(worktree, rules.branchPattern))
  const questioning = { answers: new Answers(), rules, forgejo: readers.forgejo, observer, now }
  const fault = faultOf(questioning)
  const first = await decideAll(sessions, worktrees, questioning)
  // An answer that came late can show that the clock, by which ages were told, is wrong.
  const plan = faultOf(questioning) === fault ? first : await decideAll(sessions, worktrees, questioning)
  const guarded: Planned[] = []
  for (const planned of plan) {
    guarded.push(planned.kind === 'worktree' ? await guard(planned, readers, rules, now) : planned)
  }
  return limitRemovals(guarded, maxRemovals)
}

async function decideAll(
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[],
  questioning: Questioning
): Promise<Planned[]> {
  const plannedSessions = await decideSessions(sessions, new UsedWorktrees(worktrees), questioning)
  const plannedWorktrees = await decideWorktrees(worktrees, plannedSessions, questioning)
  return [...plannedSessions, ...plannedWorktrees]
}

/** Looks into a worktree that is to go: it stays while it must wait or while something would be lost. */
async function guard(
  planned: PlannedWorktree,
  readers: Readers,
  rules: Rules,
  now: number
): Promise<PlannedWorktree> {
  if (!isSwept(planned)) return planned
  const { worktree } = planned.placed
  const failures = readers.failures(worktree)
  const tried = withDecision(planned, guardRetry(planned.decision, failures, now, rules.passIntervalMs))
  if (!isSwept(tried)) return tried
  return withWork(tried, worktree, readers)
}

async function withWork(
  planned: PlannedWorktree,
  worktree: Worktree,
  readers: Readers
): Promise<PlannedWorktree> {
  const work = await readers.work(worktree)
  const guarded = withDecision(planned, guardWork(planned.decision, work))
  return work.known ? { ...guarded, work: work.value } : guarded
}
