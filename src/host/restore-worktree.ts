import { isoTime } from '../domain/time.ts'
import type { RemovalIntent } from './journal-records.ts'
import type { RemovalTools } from './removal-tools.ts'
import { WORKTREE } from './slot.ts'

/** Takes a removal back of which nothing is deleted yet. Safe to repeat. */
export function restoreWorktree(
  { trash, journal, now }: RemovalTools,
  run: string,
  intent: RemovalIntent
): void {
  const { slot } = intent
  const { hasAdmin, hasWorktree } = trash.stateOf(slot)
  if (hasAdmin) trash.placeAdmin(intent)
  if (hasWorktree) trash.putBack(intent, WORKTREE)
  trash.unlockRegistration(intent)
  journal.append(run, { type: 'restored', at: isoTime(now()), slot })
  // Last: without its slot nobody ends it.
  if (trash.stateOf(slot).exists) trash.removeSlot(slot)
}
