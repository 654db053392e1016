import { git } from './git.ts'
import type { RescueDone } from './journal-records.ts'
import { deleteRef } from './refs.ts'
import { isUnderWay } from './registrations.ts'

/**
 * Deletes the local branch of a removed worktree, so that the service's next run starts afresh
 * instead of at a stale tip. Only when it still has the tip that the rescue holds, and when nothing else
 * has it checked out or is rebasing it.
 *
 * @throws GitError, and when a link is on the way to it
 */
export async function deleteBranch(gitDir: string, { branch }: RescueDone): Promise<void> {
  if (branch === null) return
  const format = '--format=%(objectname) %(symref)%(worktreepath)'
  const found = (await git(['for-each-ref', format, branch.ref], { gitDir })).split('\n')
  // For want of a checkout both placeholders are empty. A prefix of other branches gives several lines.
  if (found[0] !== `${branch.tip} ` || found.length > 2) return
  const head = await git(['symbolic-ref', '-q', 'HEAD'], { gitDir, alsoOk: [1] })
  if (head.trim() === branch.ref || isUnderWay(gitDir, branch.ref)) return
  await deleteRef(gitDir, branch.ref, branch.tip)
}
