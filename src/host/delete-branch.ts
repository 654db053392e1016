import { git } from './git.ts'
import type { Branch } from './journal-records.ts'
import { deleteRefsAt } from './refs.ts'
import { branchesUnderWay } from './registrations.ts'

/**
 * Deletes local branches of removed worktrees, so that the service's next run starts afresh instead of at a stale tip.
 * Each only when it still has the tip that the rescue holds, and when nothing else has it checked out or is
 * rebasing it.
 *
 * @throws GitError, and when a link is on the way to one
 */
export async function deleteBranches(gitDir: string, branches: readonly Branch[]): Promise<void> {
  if (branches.length === 0) return
  const refs = new Map(branches.map((branch) => [branch.ref, branch]))
  const format = '--format=%(HEAD)%(refname) %(objectname) %(symref)%(worktreepath)'
  const found = new Set((await git(['for-each-ref', format, ...refs.keys()], { gitDir })).split('\n'))
  const underWay = branchesUnderWay(gitDir)
  const isFree = ({ ref, tip }: Branch) =>
    // The clone's HEAD is marked; for want of another checkout both placeholders are empty.
    found.has(` ${ref} ${tip} `) && !underWay.has(ref)
  await deleteRefsAt(gitDir, [...refs.values()].filter(isFree))
}
