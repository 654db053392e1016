import type { Repo } from '../domain/fact.ts'
import { git } from './git.ts'
import { readablePath } from './walk-directories.ts'

/** Of which repo Forgejo is asked, and where that Forgejo is. */
export interface Home {
  readonly repo: Repo
  /** Its host name, without a port. */
  readonly host: string
}

/**
 * A remote that is not the repo that the clone is called by, on the Forgejo that is asked: what that says of the one
 * tells nothing of the other. A URL can hold a password, and is not shown.
 *
 * @throws GitError
 */
export async function findOtherRemote(gitDir: string, home: Home): Promise<string | null> {
  const command = ['config', '--get-regexp', '^(remote\\..*\\.(push)?url|url\\..*)$']
  const lines = (await git(command, { gitDir, alsoOk: [1] })).split('\n').slice(0, -1)
  if (!lines.some((line) => line.startsWith('remote.'))) return 'no remote'
  const other = lines.find((line) => !isOf(home, line.slice(line.indexOf(' ') + 1)))
  return other === undefined ? null : `a remote of another repo (${readablePath(other.split(' ')[0] ?? '')})`
}

function isOf({ repo, host }: Home, url: string): boolean {
  const name = /[^/:]+\/[^/]+$/.exec(url.replace(/(?:\.git)?\/*$/, ''))?.[0]
  return (
    name?.toLowerCase() === `${repo.owner}/${repo.name}`.toLowerCase() &&
    hostOf(url)?.toLowerCase() === host.toLowerCase()
  )
}

/** Of a URL, or of `git@host:owner/name`; none of a path. */
function hostOf(url: string): string | undefined {
  if (!url.includes('://')) return /^(?:[^@/]+@)?([^@:/]+):/.exec(url)?.[1]
  return URL.canParse(url) ? new URL(url).hostname : undefined
}
