import type { AdminFile } from './admin-files.ts'
import type { GitStatus } from './git-status.ts'
import type { OnlyHere } from './only-here.ts'
import { readablePath } from './walk-directories.ts'

/** States of a git command that waits for its user, by the file or directory that marks them. */
const OPERATIONS: readonly (readonly [string, string])[] = [
  ['rebase-merge/', 'a rebase under way'],
  ['rebase-apply/', 'a rebase or am under way'],
  ['MERGE_HEAD', 'a merge under way'],
  ['CHERRY_PICK_HEAD', 'a cherry-pick under way'],
  ['REVERT_HEAD', 'a revert under way'],
  ['sequencer/', 'a sequence of picks under way'],
  ['BISECT_LOG', 'a bisect under way']
]

export interface Holdings {
  readonly files: readonly AdminFile[]
  readonly onlyHere: OnlyHere
  readonly status: GitStatus
  /** Ignored files that no build makes anew. */
  readonly ignored: readonly string[]
}

/** What of a worktree no remote has, as one phrase with the first name; null when a remote has all. */
export function describeHoldings({ files, onlyHere, status, ignored }: Holdings): string | null {
  const paths = files.map(({ path }) => path)
  return (
    OPERATIONS.find(([mark]) => paths.some((path) => path.startsWith(mark)))?.[1] ??
    (onlyHere.any === null ? null : `a commit that no remote has (${onlyHere.any.slice(0, 12)})`) ??
    count('staged change', status.staged) ??
    count('uncommitted change', status.changed) ??
    count('untracked file', status.untracked) ??
    count('ignored file', ignored) ??
    // `refs/worktree` and `refs/bisect` are this worktree's alone.
    count(
      'own ref',
      paths.filter((path) => path.startsWith('refs/'))
    )
  )
}

/** `2 untracked files (a.txt, …)`; null when there is none. */
function count(what: string, paths: readonly string[]): string | null {
  const [first] = paths
  if (first === undefined) return null
  if (paths.length === 1) return `1 ${what} (${readablePath(first)})`
  return `${paths.length} ${what}s (${readablePath(first)}, …)`
}
