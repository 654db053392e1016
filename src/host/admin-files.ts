import { type Dirent, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isIndex } from './index-listing.ts'
import { readRegularFile } from './regular-file.ts'

/** A file of a worktree's admin directory: what a rescue keeps so that it can be made anew. */
export interface AdminFile {
  /** Relative to the admin directory. */
  readonly path: string
  readonly mode: number
  readonly content: Buffer
}

/** The index of half a million files takes this much; nothing else in there is large. */
const MAX_BYTES = 64 * 1024 * 1024

/** A reflog that names more commits than fit a command line is nothing that an agent's run writes. */
const MAX_NAMED = 20_000

/** An initialised submodule keeps its repository here. */
const SUBMODULES = 'modules'

/**
 * All files of an admin directory: HEAD, index, reflog, the state of a merge, rebase or bisect, refs of its own.
 * Sockets are passed over (a file system monitor's), and so is our own lock.
 *
 * @throws when there is a link, a submodule's repository, or more than 64 MiB
 */
export function readAdminFiles(admin: string): AdminFile[] {
  const files: AdminFile[] = []
  let bytes = 0
  for (const entry of readdirSync(admin, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(admin.length + 1)
    if (path === SUBMODULES) throw new Error('it has an initialised submodule')
    if (path === 'locked' || !isFile(entry, path)) continue
    const { mode } = lstatSync(join(admin, path))
    const content = readRegularFile(join(admin, path), MAX_BYTES - bytes)
    bytes += content.length
    files.push({ path, mode: mode & 0o777, content })
  }
  return files
}

function isFile(entry: Dirent, path: string): boolean {
  if (entry.isDirectory() || entry.isSocket()) return false
  if (!entry.isFile()) throw new Error(`${path} among its git files is no regular file`)
  return true
}

/** The ref of the branch that a HEAD file is on; null when it is on none. */
export function branchOfHead(text: string): string | null {
  const ref = /^ref: (refs\/heads\/[^\0\n]+)\n?$/.exec(text)?.[1]
  return ref === undefined || ref.split('/').includes('..') ? null : ref
}

/**
 * The objects that a worktree's own files name: by its reflog, ORIG_HEAD, MERGE_HEAD, a rebase under way,
 * `refs/worktree`, `refs/bisect`. Some may be gone from the repository.
 *
 * @param more further text that names commits, the reflog of its branch
 */
export function namedObjects(files: readonly AdminFile[], more: string): string[] {
  const texts = files.filter(({ path }) => !isIndex(path)).map(({ content }) => content.toString('latin1'))
  const named = new Set<string>()
  for (const text of [...texts, more]) {
    for (const [name] of text.matchAll(/\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/g)) named.add(name)
  }
  const objects = [...named].filter((name) => !/^0+$/.test(name))
  if (objects.length > MAX_NAMED) throw new Error(`its git files name more than ${MAX_NAMED} objects`)
  return objects
}
