import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unlessMissing } from './file-error.ts'
import { readRegularFile } from './regular-file.ts'
import type { WorkPlaces } from './work-places.ts'

/** What git opens before all else: a pipe in its place would hold it up for ever. */
const OF_CLONE = ['HEAD', 'config', 'packed-refs', 'shallow', 'info/grafts', 'objects/info/alternates']
const OF_WORKTREE = ['HEAD', 'config.worktree']

const MAX_CONFIG_BYTES = 1024 * 1024

/**
 * Makes sure that git can be asked about a clone that an agent writes to: no pipe in its way, no
 * settings from other files, no link by which it would write elsewhere.
 *
 * @throws Error that names what is out of the ordinary
 */
export function checkPlain({ gitDir, admin }: Pick<WorkPlaces, 'gitDir' | 'admin'>): void {
  for (const path of [
    ...OF_CLONE.map((name) => join(gitDir, name)),
    ...OF_WORKTREE.map((name) => join(admin, name))
  ]) {
    if (statsOf(path)?.isFile() === false) throw new Error(`${path} is no regular file`)
  }
  const config = unlessMissing(
    () => readRegularFile(join(gitDir, 'config'), MAX_CONFIG_BYTES).toString('latin1'),
    ''
  )
  if (/^\s*\[include/im.test(config)) throw new Error(`${join(gitDir, 'config')} includes other files`)
  checkNoLink(gitDir, ['objects'])
  const objects = join(gitDir, 'objects')
  const link = readdirSync(objects, { withFileTypes: true }).find((entry) => entry.isSymbolicLink())
  if (link !== undefined) throw new Error(`${join(objects, link.name)} is a symbolic link`)
}

/**
 * Makes sure that no link is on the way to a ref and its log: git follows those of directories, and would
 * write, or delete, wherever they lead.
 *
 * @throws Error that names the link
 */
export function checkPlainRef(gitDir: string, ref: string): void {
  checkNoLink(gitDir, ref.split('/'))
  checkNoLink(gitDir, ['logs', ...ref.split('/')])
}

function checkNoLink(gitDir: string, names: readonly string[]): void {
  let path = gitDir
  for (const name of names) {
    path = join(path, name)
    if (statsOf(path)?.isSymbolicLink() === true) throw new Error(`${path} is a symbolic link`)
  }
}

const statsOf = (path: string) => lstatSync(path, { throwIfNoEntry: false })
