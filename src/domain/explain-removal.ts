import type { Decision } from './decision.ts'
import type { Fact } from './fact.ts'
import { type Failures, guardRetry, guardWork } from './guard-removal.ts'
import type { Step } from './ladder.ts'
import { sawUnknown } from './saw.ts'
import type { Work } from './state.ts'
import { isoTime } from './time.ts'

/** Whether an earlier failure keeps a worktree that the ladder lets go. */
export function explainRetry(
  decision: Decision,
  failures: Failures | undefined,
  now: number,
  passIntervalMs: number
): Step {
  const saw =
    failures === undefined ? 'never' : `${failures.count} in a row, last ${isoTime(failures.lastAt)}`
  const guarded = guardRetry(decision, failures, now, passIntervalMs)
  return { title: 'its removal failed, and is not due again', saw, outcome: changed(decision, guarded) }
}

/** Whether what a worktree holds keeps it, though the ladder lets it go. */
export function explainWork(decision: Decision, work: Fact<Work>): Step {
  const outcome = changed(decision, guardWork(decision, work))
  return { title: 'it holds something that cannot be rescued', saw: sawWork(work), outcome }
}

function sawWork(work: Fact<Work>): string {
  if (!work.known) return sawUnknown(work)
  const { obstacle, holds } = work.value
  if (obstacle !== null) return obstacle
  return holds === null ? 'none; no work is only here' : `none; it will be rescued with ${holds}`
}

const changed = (before: Decision, after: Decision): Decision | null => (after === before ? null : after)

/** How many may go in one pass: what one entry alone cannot tell. */
export const explainLimit = (maxRemovals: number): Step => ({
  title: 'more than SWEEPER_MAX_REMOVALS would go in one pass',
  saw: `the limit is ${maxRemovals}; a dry run tells how many would go`,
  outcome: null
})
