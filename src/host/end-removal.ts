import { isoTime } from '../domain/time.ts'
import { deleteBranch } from './delete-branch.ts'
import { deleteTree } from './delete-tree.ts'
import type { RemovalIntent, RescueDone } from './journal.ts'
import type { RemovalTools } from './removal-tools.ts'
import { ADMIN, WORKTREE } from './trash.ts'

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
  if (trash.stateOf(slot).exists) trash.removeSlot(slot)
  journal.append(run, { type: 'restored', at: isoTime(now()), slot })
}

/** Finishes a removal whose rescue is journalled and whose admin directory is in the trash. Safe to repeat. */
export async function finishRemoval(
  { root, trash, journal, now }: RemovalTools,
  run: string,
  intent: RemovalIntent,
  rescued: RescueDone
): Promise<void> {
  const { slot, registration } = intent
  // Still there when somebody else deleted the worktree before it was moved.
  trash.unlockRegistration(intent)
  await deleteBranch(root.pathOf(registration.gitDir), rescued)
  // The worktree first: while the admin directory is there, the removal is known to be decided.
  await deleteTree(trash.pathOf(slot, WORKTREE))
  await deleteTree(trash.pathOf(slot, ADMIN))
  trash.removeSlot(slot)
  journal.append(run, { type: 'done', at: isoTime(now()), slot })
}
