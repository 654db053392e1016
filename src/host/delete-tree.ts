import { chmodSync, lstatSync, readdirSync } from 'node:fs'
import type { Directory } from './directory.ts'
import { unlessMissing } from './file-error.ts'
import { launch } from './launch.ts'
import { mountWithin, readMountPoints } from './mounts.ts'

/**
 * Deletes an entry of an opened directory with all below it. `rm` walks by directory descriptors, so no
 * exchanged directory leads it elsewhere, and takes names that are not UTF-8; `fs.rm` does neither.
 *
 * @param path the directory's path, for a mount below it and for people
 * @throws when something is left
 */
export async function deleteTree(directory: Directory, name: string, path: string): Promise<void> {
  if (unlessMissing(() => directory.stat(name), undefined) === undefined) return
  // A rename carries mounts along, and `rm` empties one of the same file system, whatever its options.
  const mount = mountWithin(readMountPoints(), `${path}/${name}`)
  if (mount !== undefined) throw new Error(`Something is mounted at ${mount}: unmount it first`)
  if ((await remove(directory, [name])) === null) return
  // A package manager write-protects directories (Go's module cache does): only root can empty those.
  openDirectories(directory.entry(name))
  const why = await remove(directory, [name])
  if (why !== null) throw new Error(`${path}/${name} could not be deleted: ${why}`)
}

/**
 * Deletes what it can of some entries, by one process. With a mount below one of them, nothing.
 *
 * @param path as for {@link deleteTree}
 */
export async function deleteEntries(
  directory: Directory,
  names: readonly string[],
  path: string
): Promise<void> {
  const mounts = readMountPoints()
  if (names.some((name) => mountWithin(mounts, `${path}/${name}`) !== undefined)) return
  await remove(directory, names)
}

/** Why they could not be removed whole; null when they are gone. */
async function remove(directory: Directory, names: readonly string[]): Promise<string | null> {
  const PATH = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  // By this process's number: another starts it.
  const cwd = directory.path.replace('/proc/self/', `/proc/${process.pid}/`)
  const options = { cwd, env: { LC_ALL: 'C', PATH }, encoding: 'utf8' } as const
  const args = ['-rf', '--one-file-system', '--', ...names.map((name) => `./${name}`)]
  const result = await launch('rm', args, options)
  if (result.exitCode === 0) return null
  return result.stderr.split('\n')[0] || 'rm failed'
}

/** Lets this user into every directory that is its own, from above: what stays closed, `rm` names. */
function openDirectories(path: string): void {
  const waiting = [Buffer.from(path)]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    try {
      const stats = lstatSync(at)
      if (!stats.isDirectory()) continue
      const { mode } = stats
      if ((mode & 0o700) !== 0o700) chmodSync(at, (mode & 0o7777) | 0o700)
      for (const entry of readdirSync(at, { withFileTypes: true, encoding: 'buffer' })) {
        if (entry.isDirectory()) waiting.push(Buffer.concat([at, Buffer.from('/'), entry.name]))
      }
    } catch {}
  }
}
