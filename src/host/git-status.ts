import { splitNul } from './git.ts'

/** What `git status` tells of a worktree. Paths are bytes as latin1, a directory's ends in `/`. */
export interface GitStatus {
  /** Whose index entry differs from HEAD. */
  readonly staged: readonly string[]
  /** Whose file differs from its index entry, or is gone; unmerged ones too. */
  readonly changed: readonly string[]
  /** Of the changed: whose file is gone. */
  readonly deleted: readonly string[]
  readonly unmerged: readonly string[]
  readonly untracked: readonly string[]
  /** Ignored ones; a directory that is ignored as a whole stands for all below it. */
  readonly ignored: readonly string[]
}

/** All in one look, without renames; submodules are looked at otherwise. */
export const STATUS_COMMAND = [
  ...['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignored=matching'],
  ...['--no-renames', '--ignore-submodules=all']
] as const

/** Parses `git status --porcelain=v2 -z` (git 2.39). */
export function parseStatus(output: string): GitStatus {
  const records = splitNul(output)
  const pathsOf = (pattern: RegExp) => records.flatMap((record) => pattern.exec(record)?.[1] ?? [])
  const unmerged = pathsOf(/^u (?:\S+ ){9}(.+)$/s)
  return {
    staged: pathsOf(/^1 [^.]. (?:\S+ ){6}(.+)$/s),
    changed: [...pathsOf(/^1 .[^.] (?:\S+ ){6}(.+)$/s), ...unmerged],
    deleted: pathsOf(/^1 .D (?:\S+ ){6}(.+)$/s),
    unmerged,
    untracked: pathsOf(/^\? (.+)$/s),
    ignored: pathsOf(/^! (.+)$/s)
  }
}
