import { type Dirent, lstatSync, readdirSync } from 'node:fs'

/** What a walk through a worktree found. */
export interface TreeSize {
  /** What it takes on disk, in bytes; a file with several names counts in full. */
  readonly bytes: number
  /** Repositories below it, as relative paths: theirs is work that no git command here sees. */
  readonly nested: readonly string[]
}

const BLOCK = 512

/**
 * Measures a tree without following a link. Paths are bytes: not every name is UTF-8.
 *
 * @throws when a part cannot be read: then nobody knows what it holds
 */
export function measureTree(path: string): TreeSize {
  const nested: string[] = []
  let bytes = 0
  const waiting = [Buffer.from(path)]
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const top = directory.length === Buffer.byteLength(path)
    for (const entry of readdirSync(directory, {
      withFileTypes: true,
      encoding: 'buffer'
    }) as Dirent<Buffer>[]) {
      const at = Buffer.concat([directory, SLASH, entry.name])
      bytes += lstatSync(at).blocks * BLOCK
      if (entry.isDirectory()) waiting.push(at)
      if (!top && entry.name.equals(DOT_GIT)) {
        nested.push(directory.subarray(Buffer.byteLength(path) + 1).toString('utf8'))
      }
    }
  }
  return { bytes, nested }
}

const SLASH = Buffer.from('/')
const DOT_GIT = Buffer.from('.git')
