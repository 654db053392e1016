import type { CacheCloneFacts } from './decide-cache-clone.ts'
import { type Decision, keep } from './decision.ts'
import type { Clone, Session, Work } from './state.ts'
import type { PlacedWorktree } from './world.ts'

/** A session, worktree or cache clone with what was decided on it. */
export type Planned = PlannedSession | PlannedWorktree | PlannedClone

export interface PlannedSession {
  readonly kind: 'session'
  readonly session: Session
  readonly decision: Decision
  /** Whether it is on a pull request; null when nobody knows. */
  readonly pull: boolean | null
}

export interface PlannedWorktree {
  readonly kind: 'worktree'
  readonly placed: PlacedWorktree
  readonly decision: Decision
  /** What a look into it found; only those that may go were looked into. */
  readonly work: Work | null
  /** The ref that holds what was removed. */
  readonly rescue: string | null
  /** Whether a kept session refers to it, whatever it is kept for. */
  readonly referenced: boolean
}

export interface PlannedClone {
  readonly kind: 'cache-clone'
  readonly clone: Clone
  readonly facts: CacheCloneFacts
  readonly decision: Decision
}

/** A session's key, or the path. */
export function nameOf(planned: Planned): string {
  if (planned.kind === 'session') return planned.session.text
  return planned.kind === 'worktree' ? planned.placed.worktree.path : planned.clone.path
}

export const isSwept = ({ decision }: Planned): boolean => decision.action !== 'keep'

export const withDecision = <P extends Planned>(planned: P, decision: Decision): P => ({
  ...planned,
  decision
})

/** Keeps everything when more would go than the operator allows in one pass; 0 means no limit. */
export function limitRemovals(plan: readonly Planned[], maxRemovals: number): readonly Planned[] {
  const going = plan.filter(isSwept).length
  if (maxRemovals === 0 || going <= maxRemovals) return plan
  return plan.map((planned) => {
    if (!isSwept(planned)) return planned
    const evidence = { would: planned.decision.action, because: planned.decision.reason }
    return withDecision(planned, keep('max-removals', evidence))
  })
}

/** Whether the entry counts as skipped: kept, and not merely because a counted session is. Cache clones do not count. */
export const isSkipped = (planned: Planned): boolean =>
  !isSwept(planned) && (planned.kind === 'session' || (planned.kind === 'worktree' && !planned.referenced))
