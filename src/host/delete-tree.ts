import { lstatSync } from 'node:fs'
import { unlessMissing } from './file-error.ts'
import { mountWithin, readMountPoints } from './mounts.ts'

/**
 * Deletes a tree in the trash. `rm` walks by directory descriptors, so no exchanged directory leads
 * it elsewhere, and takes names that are not UTF-8; `fs.rm` does neither.
 *
 * @throws when something is left
 */
export async function deleteTree(path: string): Promise<void> {
  if (unlessMissing(() => lstatSync(path), undefined) === undefined) return
  // A rename carries mounts along, and `rm` empties one of the same file system, whatever its options.
  const mount = mountWithin(readMountPoints(), path)
  if (mount !== undefined) throw new Error(`Something is mounted at ${mount}: unmount it first`)
  const { execa } = await import('execa')
  const options = { reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } } as const
  const { exitCode, stderr } = await execa('rm', ['-rf', '--one-file-system', '--', path], options)
  if (exitCode === 0) return
  throw new Error(`${path} could not be deleted: ${stderr.split('\n')[0] ?? 'rm failed'}`)
}
