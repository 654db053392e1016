import { isoTime } from '../domain/time.ts'
import { deleteBranch } from './delete-branch.ts'
import type { RemovalIntent, RescueDone } from './journal-records.ts'
import type { RemovalTools } from './removal-tools.ts'

/** Takes a removal back of which nothing is deleted yet. Safe to repeat. */
export function restoreWorktree(
  { trash, journal, now }: RemovalTools,
  run: string,
  intent: RemovalIntent
): void {
  const { slot } = intent
  const { hasAdmin, hasWorktree } = trash.stateOf(slot)
  if (hasAdmin) trash.placeAdmin(intent)
  if (hasWorktree) trash.returnWorktree(intent)
  trash.unlockRegistration(intent)
  journal.append(run, { type: 'restored', at: isoTime(now()), slot })
  // Last: without its slot nobody ends it.
  if (trash.stateOf(slot).exists) trash.removeSlot(slot)
}

/** Finishes a removal whose rescue is journalled and whose admin directory is in the trash. Safe to repeat. */
export async function finishRemoval(
  { root, trash, journal, now }: RemovalTools,
  run: string,
  intent: RemovalIntent,
  rescued: RescueDone
): Promise<void> {
  const { slot, registration } = intent
  journal.append(run, { type: 'decided', at: isoTime(now()), slot })
  // Still there when somebody else deleted the worktree before it was moved.
  trash.unlockRegistration(intent)
  const branch = await attempt(() => deleteBranch(root.pathOf(registration.gitDir), rescued))
  await trash.empty(slot)
  if (branch !== null) throw branch.error
  trash.removeSlot(slot)
  journal.append(run, { type: 'done', at: isoTime(now()), slot })
}

/** A branch that cannot be deleted, for a lock that git left behind say, keeps no disk full. */
async function attempt(act: () => Promise<void>): Promise<{ readonly error: unknown } | null> {
  try {
    await act()
    return null
  } catch (error) {
    return { error }
  }
}
