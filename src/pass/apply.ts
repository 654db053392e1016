import { type Decision, keep, keepFaulty, keepUnknown } from '../domain/decision.ts'
import { type Fact, repoId } from '../domain/fact.ts'
import { GIVE_UP_AFTER, keepUnsaved } from '../domain/guard-removal.ts'
import { inLanes } from '../domain/in-lanes.ts'
import type { SessionKey } from '../domain/names.ts'
import {
  isSwept,
  type Planned,
  type PlannedSession,
  type PlannedWorktree,
  withDecision
} from '../domain/plan.ts'
import type { ReportError } from '../domain/report.ts'
import { mayReset, StayingWorktrees } from '../domain/reset.ts'
import type { Usage } from '../domain/state.ts'
import type { DroppedSessions, Observer, Readers, Writers } from './ports.ts'

/** What became of the plan. */
export interface Applied {
  readonly plan: readonly Planned[]
  readonly freedBytes: number
  readonly errors: readonly ReportError[]
}

export interface Hands {
  readonly readers: Readers
  readonly writers: Writers
  readonly observer: Observer
  readonly interrupted: () => boolean
}

/**
 * Takes the worktrees away, those of different clones side by side, then deletes what they were, then drops the sessions in
 * one write. After an interruption nothing new is begun: what was not reached stays, with its session.
 */
export async function applyPlan(plan: readonly Planned[], hands: Hands): Promise<Applied> {
  const leaving = plan.filter((planned) => planned.kind === 'worktree').filter(isSwept)
  const { removals, freedBytes } = await removeAll(leaving, hands)
  const worktrees = plan
    .filter((planned) => planned.kind === 'worktree')
    .map((planned) => removals.get(planned) ?? planned)
  const sessions = plan.filter((planned) => planned.kind === 'session')
  const kept = indexKept(worktrees)
  const checked = sessions.map((planned) => recheckSession(planned, kept, hands))
  const stays = worktrees.filter((planned) => !isSwept(planned))
  const { dropped, errors } = await dropAll(checked, stays, hands)
  return { plan: [...dropped, ...worktrees], freedBytes, errors }
}

/** Two keep two cores busy: what is not git's is done in this process. */
const LANES = 2

/** What became of those that were to go, and how much that freed. */
async function removeAll(leaving: readonly PlannedWorktree[], hands: Hands) {
  const { observer, writers, readers, interrupted } = hands
  let begun = 0
  const removing = (path: string) => {
    begun += 1
    observer.removing(path, begun, leaving.length)
  }
  const outcomes = await inLanes(leaving, cloneOf, LANES, (planned) => removeOne(planned, hands, removing))
  const endings = await writers.finishRemovals(interrupted)
  const removals = new Map<PlannedWorktree, PlannedWorktree>()
  let freedBytes = 0
  for (const [index, planned] of leaving.entries()) {
    const [outcome, bytes] = outcomes[index] ?? [planned, 0]
    const ending = endings.get(planned.placed.worktree.path)
    if (ending === undefined || ending.kind === 'deleted') freedBytes += bytes
    removals.set(planned, ending?.kind === 'failed' ? keepLeft(outcome, ending.why, readers) : outcome)
  }
  return { removals, freedBytes }
}

/** Of which clone a worktree is; one of nobody knows which is by itself. */
const cloneOf = ({ placed: { worktree } }: PlannedWorktree): string =>
  worktree.repo.known ? repoId(worktree.repo.value) : worktree.path

/** It is gone from its place, and can be brought back; the disk is as full as before. */
const keepLeft = (planned: PlannedWorktree, why: string, readers: Readers): PlannedWorktree =>
  withDecision(planned, keepFailed(planned, `${why}; the next pass deletes what is left`, readers))

async function removeOne(
  planned: PlannedWorktree,
  hands: Hands,
  removing: (path: string) => void
): Promise<[PlannedWorktree, number]> {
  const { readers, writers, observer, interrupted } = hands
  const { placed, decision, work } = planned
  const { worktree } = placed
  if (work === null) throw new Error(`${worktree.path} would go without a look into it`)
  if (interrupted()) return [withDecision(planned, keep('interrupted')), 0]
  // Minutes can lie between the decision and now.
  const used = keepUsed(readers.usage(worktree))
  if (used !== null) return [withDecision(planned, used), 0]

  removing(worktree.path)
  const result = await writers.removeWorktree(worktree, decision, work)
  switch (result.kind) {
    case 'removed': {
      const { rescue, holds, bytes } = result
      observer.changed(worktree.path, decision)
      return [{ ...planned, rescue, work: { ...work, holds, bytes } }, bytes]
    }
    case 'in-use':
      return [withDecision(planned, keepInUse(result.usage)), 0]
    case 'unsaved':
      return [withDecision(planned, keepUnsaved(result.holds)), 0]
    case 'failed':
      return [withDecision(planned, keepFailed(planned, result.why, readers)), 0]
  }
}

/** What is in use stays, and what may be; null when nobody uses it. */
const keepUsed = (usage: Fact<Usage | null>): Decision | null =>
  usage.known && usage.value === null ? null : keepInUse(usage)

const keepInUse = (usage: Fact<Usage | null>): Decision =>
  usage.known ? keep('busy', { by: usage.value }) : keepUnknown(usage)

/** After the fifth failure in a row it is shown as given up, no longer as an error. */
function keepFailed({ placed }: PlannedWorktree, why: string, readers: Readers): Decision {
  const attempts = (readers.failures(placed.worktree)?.count ?? 0) + 1
  const reason = attempts >= GIVE_UP_AFTER ? 'gave-up' : 'failed'
  return keepFaulty(reason, 'REMOVE_FAILED', `It could not be removed: ${why}`, { attempts })
}

/** The worktrees that stay, by the sessions that they are the own worktree of. */
function indexKept(worktrees: readonly PlannedWorktree[]): ReadonlyMap<string, PlannedWorktree[]> {
  const index = new Map<string, PlannedWorktree[]>()
  for (const planned of worktrees.filter((one) => !isSwept(one))) {
    const { agent, repo } = planned.placed.worktree
    if (!repo.known) continue
    for (const number of planned.placed.numbers) {
      const id = ownerId({ agent, repo: repo.value, number })
      index.set(id, [...(index.get(id) ?? []), planned])
    }
  }
  return index
}

const ownerId = ({ agent, repo, number }: SessionKey): string => `${agent}:${repoId(repo)}:${number}`

/** A session stays when its own worktree turned out to be in use, or was not reached. */
function recheckSession(
  planned: PlannedSession,
  kept: ReadonlyMap<string, PlannedWorktree[]>,
  { readers, interrupted }: Hands
): PlannedSession {
  const { key } = planned.session
  if (!isSwept(planned) || key === null) return planned
  const own = kept.get(ownerId(key)) ?? []
  if (interrupted() && own.some(({ decision }) => decision.reason === 'interrupted')) {
    return withDecision(planned, keep('interrupted'))
  }
  for (const { placed } of own) {
    const used = keepUsed(readers.usage(placed.worktree))
    if (used !== null) return withDecision(planned, used)
  }
  return planned
}

async function dropAll(
  sessions: readonly PlannedSession[],
  kept: readonly PlannedWorktree[],
  { writers, observer }: Hands
) {
  const beside = new Set(kept.map(({ placed }) => placed.worktree.path))
  const staying = new StayingWorktrees(kept)
  const drops = sessions
    .filter(isSwept)
    .map((planned) => ({ ...planned, throughService: mayReset(planned, staying), beside }))
  if (drops.length === 0) return { dropped: sessions, errors: [] }
  const { gone, fault } = await writers.dropSessions(drops).catch(noneDropped)
  const dropped = sessions.map((planned) => settleDrop(planned, gone, fault))
  for (const { session, decision } of dropped.filter(isSwept)) observer.changed(session.text, decision)
  if (fault === null) return { dropped, errors: [] }
  const message = `${gone.size === 0 ? 'No session was' : 'Not every session was'} dropped: ${fault}`
  return { dropped, errors: [{ kind: 'pass', code: 'STORE_WRITE_FAILED', message } as const] }
}

const noneDropped = (error: unknown): DroppedSessions => ({
  gone: new Set(),
  fault: error instanceof Error ? error.message : 'the write failed'
})

/** An entry that the service wrote meanwhile is in use. */
function settleDrop(
  planned: PlannedSession,
  gone: ReadonlySet<string>,
  fault: string | null
): PlannedSession {
  if (!isSwept(planned) || gone.has(planned.session.text)) return planned
  if (fault !== null) return withDecision(planned, keep('failed'))
  return withDecision(planned, keep('busy', { by: 'the service, which rewrote it' }))
}
