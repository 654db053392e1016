import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { branchOfHead } from './admin-files.ts'
import { readRegularFile } from './regular-file.ts'
import type { WorkPlaces } from './work-places.ts'

/** What tells whether anything of some files has changed: not what they hold, but when they changed last. */
export interface Stamp {
  readonly digest: string
  /** When the newest of them changed, in milliseconds since 1970. */
  readonly newestMs: number
}

/**
 * What tells whether a file or directory is as it was. Nobody can set a file's change time. A directory's own
 * times say no more than the names in it.
 */
export const stampLine = (path: string, stats: Stats): string =>
  stats.isDirectory()
    ? `${path}/ ${stats.mode}\n`
    : `${path} ${stats.mode} ${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}\n`

/** What of a clone a survey of one of its worktrees asks: settings, and what remotes have. */
const OF_CLONE = [
  ...['config', 'packed-refs', 'refs/remotes', 'reftable', 'shallow'],
  ...['info/attributes', 'info/grafts', 'objects/info/alternates']
]

const MAX_HEAD_BYTES = 8192

/** Stamps git's own files of a worktree, and what of its clone a survey asks. @throws file errors */
export function stampGitFiles({ admin, gitDir }: Pick<WorkPlaces, 'admin' | 'gitDir'>): Stamp {
  const hash = createHash('sha256')
  let newestMs = 0
  const add = (directory: string, name: string) => {
    const stats = lstatSync(join(directory, name), { throwIfNoEntry: false })
    hash.update(stats === undefined ? `${name} is not there\n` : stampLine(name, stats))
    if (stats?.isDirectory() !== true) newestMs = Math.max(newestMs, stats?.ctimeMs ?? 0)
    else for (const entry of readdirSync(join(directory, name))) add(directory, join(name, entry))
  }
  // Our own lock comes and goes.
  for (const name of readdirSync(admin)) if (name !== 'locked') add(admin, name)
  const branch = branchOfHead(readRegularFile(join(admin, 'HEAD'), MAX_HEAD_BYTES).toString('utf8'))
  const ofBranch = branch === null ? [] : [branch, `logs/${branch}`]
  for (const name of [...OF_CLONE, ...ofBranch]) add(gitDir, name)
  return { digest: hash.digest('hex'), newestMs }
}
