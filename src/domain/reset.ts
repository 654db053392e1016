import { repoId } from './fact.ts'
import type { PlannedSession, PlannedWorktree } from './plan.ts'

/**
 * Whether the service may be asked to reset a session. Its reset takes the agent's worktree of that
 * issue along, so there must be none that stays on purpose: with an open pull request, locked, too young.
 * The worktree of a pull request goes by its head branch, whose number can be any: then, and while
 * nobody knows what the session is on, no worktree of that agent and repo may be left.
 *
 * @param kept the worktrees that stay
 */
export function mayReset({ session, pull }: PlannedSession, kept: readonly PlannedWorktree[]): boolean {
  const { key } = session
  if (key === null) return false
  return !kept.some(({ placed: { worktree, numbers } }) => {
    if (worktree.agent !== key.agent) return false
    if (worktree.repo.known && repoId(worktree.repo.value) !== repoId(key.repo)) return false
    return pull !== false || !worktree.repo.known || numbers.has(key.number)
  })
}
