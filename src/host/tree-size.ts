import { createHash } from 'node:crypto'
import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { unlessMissing } from './file-error.ts'
import { type Stamp, stampLine } from './stamp.ts'
import { listFiles, systemPath } from './walk-directories.ts'

/** What a full walk through a worktree found. */
export interface TreeSize {
  /** What it takes on disk, in bytes; a file with several names counts in full. */
  readonly bytes: number
  readonly modes: FileModes
  /** Which files there are, and when they changed last. */
  readonly stamp: Stamp
}

/** The modes of files and directories, of which git keeps only whether a file is executable. */
export interface FileModes {
  /** The file creation mask that gives most of them. */
  readonly umask: number
  /** The modes that it does not give, by relative path in bytes as latin1. */
  readonly others: Readonly<Record<string, number>>
}

const BLOCK = 512

/**
 * Measures a tree without following a link.
 *
 * @throws when a part cannot be read: then nobody knows what it holds
 */
export function measureTree(workTree: string): TreeSize {
  // Git wrote this file when it made the worktree, by the mask that the rest came by.
  const gitFile = unlessMissing(() => lstatSync(join(workTree, '.git')).mode, 0o644)
  const umask = 0o666 & ~gitFile
  const others: [string, number][] = []
  const note = (path: string, mode: number, isDirectory: boolean) => {
    if ((mode & 0o7777) !== modeBy(umask, mode, isDirectory)) others.push([path, mode & 0o7777])
  }
  const hash = createHash('sha256')
  const root = lstatSync(workTree)
  note('', root.mode, true)
  hash.update(stampLine('', root))
  let bytes = 0
  let newestMs = 0
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    let lines = `${at}\n`
    for (const name of readdirSync(systemPath(workTree, at), 'latin1')) {
      const path = `${at}${name}`
      const stats = lstatSync(systemPath(workTree, path))
      bytes += stats.blocks * BLOCK
      lines += stampLine(name, stats)
      const isDirectory = stats.isDirectory()
      if (isDirectory) waiting.push(`${path}/`)
      else if (stats.ctimeMs > newestMs) newestMs = stats.ctimeMs
      if (!stats.isSymbolicLink()) note(path, stats.mode, isDirectory)
    }
    hash.update(lines, 'latin1')
  }
  const stamp = { digest: hash.digest('hex'), newestMs }
  return { bytes, modes: { umask, others: Object.fromEntries(others) }, stamp }
}

/** The mode that a file creation mask gives. */
export const modeBy = (umask: number, mode: number, isDirectory: boolean): number =>
  (isDirectory || (mode & 0o100) !== 0 ? 0o777 : 0o666) & ~umask

/** The size on disk of a file, or of a directory with all below it, by its path in bytes as latin1. */
export function sizeOf(workTree: string, path: string): number {
  if (!path.endsWith('/')) return lstatSync(systemPath(workTree, path)).blocks * BLOCK
  const files = listFiles(workTree, path.slice(0, -1))
  return files.reduce((sum, file) => sum + lstatSync(systemPath(workTree, file)).blocks * BLOCK, 0)
}
