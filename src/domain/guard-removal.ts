import { type Decision, keep, keepFaulty, keepUnknown } from './decision.ts'
import type { Fact } from './fact.ts'
import type { Work } from './state.ts'
import { isoTime } from './time.ts'

/** How often a worktree's removal has failed in a row, and when it was last tried. */
export interface Failures {
  readonly count: number
  readonly lastAt: number
}

/** After this many failures in a row a removal is not tried again until asked. */
export const GIVE_UP_AFTER = 5

/**
 * The pause after the n-th failure in a row, in milliseconds: the next pass tries again at once,
 * after that 1, 3 and 7 pass intervals go by.
 */
export const pauseAfter = (count: number, passIntervalMs: number): number =>
  (2 ** (count - 1) - 1) * passIntervalMs

/** Keeps a worktree, whose removal was decided, while an earlier failure says to wait. */
export function guardRetry(
  decision: Decision,
  failures: Failures | undefined,
  now: number,
  passIntervalMs: number
): Decision {
  if (failures === undefined) return decision
  const attempts = failures.count
  if (attempts >= GIVE_UP_AFTER) return keep('gave-up', { attempts })
  const due = failures.lastAt + pauseAfter(attempts, passIntervalMs)
  return now < due ? keep('failed', { attempts, nextTryAt: isoTime(due) }) : decision
}

/** Keeps a worktree, whose removal was decided, when something in it could not be brought back. */
export function guardWork(decision: Decision, work: Fact<Work>): Decision {
  if (!work.known) return keepUnknown(work)
  return work.value.obstacle === null ? decision : keepUnsaved(work.value.obstacle)
}

/** @param holds what cannot be rescued, as one phrase */
export function keepUnsaved(holds: string): Decision {
  const message = `It holds ${holds}, which cannot be rescued: save or discard it, or remove the worktree by hand`
  return keepFaulty('unsaved', 'UNSAVED_WORK', message, { holds })
}
