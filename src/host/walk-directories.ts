import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { isRebuildable } from '../domain/rebuildable.ts'
import { errnoOf, isMissing } from './file-error.ts'

/** What the directories of a worktree hold that git does not tell of. Paths are bytes as latin1. */
export interface DirectoryNotes {
  /** Repositories below it: theirs is work that no git command here sees. */
  readonly nested: readonly string[]
  /** Pipes, sockets and devices where no build puts them. */
  readonly special: readonly string[]
  readonly empty: readonly string[]
}

/**
 * Reads every directory below a worktree, follows no link and looks at no file: several times as quick
 * as a full walk.
 *
 * @throws when one cannot be read: then nobody knows what it holds
 */
export function walkDirectories(workTree: string): DirectoryNotes {
  const notes = { nested: [] as string[], special: [] as string[], empty: [] as string[] }
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries = readdirSync(bytePath(workTree, at), { withFileTypes: true, encoding: 'buffer' })
    if (entries.length === 0 && at !== '') notes.empty.push(at)
    for (const entry of entries as Dirent<Buffer>[]) {
      const name = entry.name.toString('latin1')
      const path = at === '' ? name : `${at}/${name}`
      if (name === '.git' && at !== '') notes.nested.push(at)
      if (entry.isDirectory()) waiting.push(path)
      else if (!entry.isFile() && !entry.isSymbolicLink() && !isRebuildable(path)) notes.special.push(path)
    }
  }
  return notes
}

/** A path for system calls from one in bytes as latin1: not every name is UTF-8. */
export const bytePath = (directory: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')])

/** What stands at a path of a worktree, no link followed; undefined when nothing does. */
export function lookAt(workTree: string, path: string): Stats | undefined {
  try {
    return lstatSync(bytePath(workTree, path))
  } catch (error) {
    // A file can stand where a directory on the way was.
    if (isMissing(error) || errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** A path in bytes as latin1, to be read by people. */
export const readablePath = (path: string): string => Buffer.from(path, 'latin1').toString('utf8')

/** All files and links below a directory of a worktree. */
export function listFiles(workTree: string, directory: string): string[] {
  const files: string[] = []
  const waiting = [directory]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries = readdirSync(bytePath(workTree, at), { withFileTypes: true, encoding: 'buffer' })
    for (const entry of entries as Dirent<Buffer>[]) {
      const path = `${at}/${entry.name.toString('latin1')}`
      if (entry.isDirectory()) waiting.push(path)
      else files.push(path)
    }
  }
  return files
}
