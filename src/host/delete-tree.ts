import { lstatSync } from 'node:fs'
import { unlessMissing } from './file-error.ts'

/**
 * Deletes a tree in the trash. `rm` walks by directory descriptors, so no exchanged directory leads
 * it elsewhere, and takes names that are not UTF-8; `fs.rm` does neither.
 *
 * @throws when something is left
 */
export async function deleteTree(path: string): Promise<void> {
  if (unlessMissing(() => lstatSync(path), undefined) === undefined) return
  const { execa } = await import('execa')
  const options = { reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } } as const
  const { exitCode, stderr } = await execa('rm', ['-rf', '--one-file-system', '--', path], options)
  if (exitCode === 0) return
  throw new Error(`${path} could not be deleted: ${stderr.split('\n')[0] ?? 'rm failed'}`)
}
