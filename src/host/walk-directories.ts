import { type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs'
import { isOfTool } from '../domain/rebuildable.ts'
import { errnoOf, isMissing } from './file-error.ts'

/** What the directories of a worktree hold that git does not tell of. Paths are bytes as latin1. */
export interface DirectoryNotes {
  /** Repositories below it: theirs is work that no git command here sees. */
  readonly nested: readonly string[]
  /** Pipes, sockets and devices where no build puts them. */
  readonly special: readonly string[]
  readonly empty: readonly string[]
  /** The `.gitattributes` files, tracked or not. */
  readonly attributes: readonly string[]
}

/**
 * Reads every directory below a worktree, follows no link and looks at no file: several times as quick
 * as a full walk.
 *
 * @throws when one cannot be read: then nobody knows what it holds
 */
export function walkDirectories(workTree: string): DirectoryNotes {
  const notes = {
    nested: [] as string[],
    special: [] as string[],
    empty: [] as string[],
    attributes: [] as string[]
  }
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries = readDirectory(workTree, at)
    if (entries.length === 0 && at !== '') notes.empty.push(at)
    for (const entry of entries) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.name === '.git' && at !== '') notes.nested.push(at)
      if (entry.name === '.gitattributes') notes.attributes.push(path)
      if (entry.isFile()) continue
      if (entry.isDirectory()) waiting.push(path)
      else if (!entry.isSymbolicLink() && !isOfTool(path)) notes.special.push(path)
    }
  }
  return notes
}

/** A directory's entries, their names in bytes as latin1. */
export const readDirectory = (workTree: string, path: string): Dirent[] =>
  readdirSync(systemPath(workTree, path), { withFileTypes: true, encoding: 'latin1' })

/** A path for system calls from one in bytes as latin1: not every name is UTF-8. */
export const systemPath = (directory: string, path: string): string | Buffer =>
  ASCII.test(path)
    ? `${directory}/${path}`
    : Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')])

const ASCII = /^[\x20-\x7e]*$/

/** What stands at a path of a worktree, no link followed; undefined when nothing does. */
export function lookAt(workTree: string, path: string): Stats | undefined {
  try {
    return lstatSync(systemPath(workTree, path))
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
    for (const entry of readDirectory(workTree, at)) {
      const path = `${at}/${entry.name}`
      if (entry.isDirectory()) waiting.push(path)
      else files.push(path)
    }
  }
  return files
}
