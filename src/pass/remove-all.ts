import { type Decision, keep, keepFaulty } from '../domain/decision.ts'
import { repoId } from '../domain/fact.ts'
import { GIVE_UP_AFTER, keepUnsaved } from '../domain/guard-removal.ts'
import { inLanes } from '../domain/in-lanes.ts'
import { type PlannedSession, type PlannedWorktree, withDecision } from '../domain/plan.ts'
import type { ByRepo } from '../domain/world.ts'
import type { Observer, Readers, Writers } from './ports.ts'
import { keepInUse, type Recheck, recheckWorktree } from './recheck.ts'

export interface Hands extends Recheck {
  readonly writers: Writers
  readonly observer: Observer
  readonly interrupted: () => boolean
}

interface RemovedAll {
  readonly removals: ReadonlyMap<PlannedWorktree, PlannedWorktree>
  readonly freedBytes: number
}

/** Two keep two cores busy: what is not git's is done in this process. */
const LANES = 2

/**
 * Takes worktrees away, those of different clones side by side, and waits until what they were is deleted. After an
 * interruption nothing new is begun.
 *
 * @param leaving those that are to go
 * @param sessions those that are to go, too
 * @returns what became of each, and how many bytes that freed
 */
export async function removeAll(
  leaving: readonly PlannedWorktree[],
  sessions: ByRepo<PlannedSession>,
  hands: Hands
): Promise<RemovedAll> {
  const { observer, writers, readers } = hands
  let begun = 0
  const removing = (path: string) => {
    begun += 1
    observer.removing(path, begun, leaving.length)
  }
  // Whatever happens, nothing goes on once the pass gives its lock back.
  const outcomes = await inLanes(leaving, cloneOf, LANES, (planned) =>
    removeOne(planned, sessions, hands, removing)
  ).finally(writers.finishRemovals)
  const endings = await writers.finishRemovals()
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
  sessions: ByRepo<PlannedSession>,
  hands: Hands,
  removing: (path: string) => void
): Promise<[PlannedWorktree, number]> {
  const { readers, writers, observer, interrupted } = hands
  const { placed, decision, work } = planned
  const { worktree } = placed
  if (work === null) throw new Error(`${worktree.path} would go without a look into it`)
  if (interrupted()) return [withDecision(planned, keep('interrupted')), 0]
  const used = recheckWorktree(planned, sessions, hands)
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

/** After the fifth failure in a row it is shown as given up, no longer as an error. */
function keepFailed({ placed }: PlannedWorktree, why: string, readers: Readers): Decision {
  const attempts = (readers.failures(placed.worktree)?.count ?? 0) + 1
  const reason = attempts >= GIVE_UP_AFTER ? 'gave-up' : 'failed'
  return keepFaulty(reason, 'REMOVE_FAILED', `It could not be removed: ${why}`, { attempts })
}
