import { type Budget, halfOf, SPENT } from '../domain/budget.ts'
import { guardRetry, guardWork } from '../domain/guard-removal.ts'
import {
  isSwept,
  limitRemovals,
  type Planned,
  type PlannedClone,
  type PlannedSession,
  type PlannedWorktree,
  withDecision
} from '../domain/plan.ts'
import type { Session } from '../domain/state.ts'
import { UsedWorktrees } from '../domain/used-worktrees.ts'
import { Answers, type PlacedWorktree, placeWorktree, type Rules } from '../domain/world.ts'
import { decideSessions, decideWorktrees, faultOf, type Questioning } from './ask.ts'
import { decideClones } from './clones.ts'
import { EarlyLooks } from './early-looks.ts'
import type { Observer, Readers } from './ports.ts'

/** Gathers, asks and decides: what would be swept, and why the rest stays. Changes nothing. */
export async function makePlan(
  readers: Readers,
  rules: Rules,
  maxRemovals: number,
  now: number,
  observer: Observer,
  budget: Budget
): Promise<readonly Planned[]> {
  const sessions = readers.sessions()
  const worktrees = readers.worktrees().map((worktree) => placeWorktree(worktree, rules.branchPattern))
  const { forgejo } = readers
  const looks = new EarlyLooks(worktrees, readers.work)
  const questioning = {
    answers: new Answers(),
    rules,
    forgejo,
    observer,
    now,
    budget,
    turns: readers.turns(),
    decided: looks.decided
  }
  const used = new UsedWorktrees(worktrees)
  try {
    const [decided, clones] = await decideWithClones(readers.clones, sessions, worktrees, used, questioning)
    const guarded: Planned[] = [...decided.sessions]
    for (const planned of decided.worktrees) guarded.push(await guard(planned, readers, looks, rules, now))
    return limitRemovals([...guarded, ...clones], maxRemovals)
  } finally {
    await looks.end()
  }
}

/** Cache clones come last, and are asked about with the time that is left. */
async function decideWithClones(
  reader: Readers['clones'],
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[],
  used: UsedWorktrees,
  questioning: Questioning
): Promise<[Decided, PlannedClone[]]> {
  const places = worktrees.map(({ worktree }) => worktree)
  for (;;) {
    const decided = await decideAll(sessions, worktrees, used, questioning)
    const fault = faultOf(questioning)
    const clones = await decideClones(reader, sessions, places, questioning)
    // Theirs can be the first answer of all.
    if (faultOf(questioning) === fault) return [decided, clones]
  }
}

/** What was decided, before anything was looked into. */
export interface Decided {
  readonly sessions: readonly PlannedSession[]
  readonly worktrees: readonly PlannedWorktree[]
}

/** Decides on the sessions, then on the worktrees that hinge on them. */
export async function decideAll(
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[],
  used: UsedWorktrees,
  questioning: Questioning
): Promise<Decided> {
  // Where the time does not do for all, worktrees would wait behind the sessions for ever.
  if (questioning.turns.size > 0) await askForWorktrees(sessions, worktrees, used, questioning)
  for (;;) {
    const fault = faultOf(questioning)
    const decided = await decideOnce(sessions, worktrees, used, questioning)
    // An answer that came late can show that the clock, by which ages were told, is wrong.
    if (faultOf(questioning) === fault) return decided
  }
}

/**
 * Asks what those worktrees hinge on that no session refers to, for at most half of the time. What they
 * need to know of sessions counts for these, too; what is decided by the way does not count yet.
 */
async function askForWorktrees(
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[],
  used: UsedWorktrees,
  questioning: Questioning
): Promise<void> {
  const of = sessions.length + worktrees.length
  const unasked = await decideSessions(sessions, used, { ...questioning, budget: SPENT }, of)
  await decideWorktrees(worktrees, unasked, { ...questioning, budget: halfOf(questioning.budget) })
}

async function decideOnce(
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[],
  used: UsedWorktrees,
  questioning: Questioning
): Promise<Decided> {
  const of = sessions.length + worktrees.length
  const plannedSessions = await decideSessions(sessions, used, questioning, of)
  const plannedWorktrees = await decideWorktrees(worktrees, plannedSessions, questioning)
  return { sessions: plannedSessions, worktrees: plannedWorktrees }
}

/** Has a worktree looked into that is to go: it stays while it must wait or while something would be lost. */
async function guard(
  planned: PlannedWorktree,
  readers: Readers,
  looks: EarlyLooks,
  rules: Rules,
  now: number
): Promise<PlannedWorktree> {
  if (!isSwept(planned)) return planned
  const { worktree } = planned.placed
  const failures = rules.retryFailed ? undefined : readers.failures(worktree)
  const tried = withDecision(planned, guardRetry(planned.decision, failures, now, rules.passIntervalMs))
  if (!isSwept(tried)) return tried
  const work = await looks.of(worktree)
  const guarded = withDecision(tried, guardWork(tried.decision, work))
  return work.known ? { ...guarded, work: work.value } : guarded
}
