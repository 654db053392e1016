import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { replaceFile } from './durable-file.ts'
import { isMissing, unlessMissing } from './file-error.ts'
import { orUnusable } from './state-dir.ts'

/** A file as it is to be. */
export interface PlacedFile {
  readonly path: string
  readonly text: string
  readonly mode: number
  readonly owner?: { readonly uid: number; readonly gid: number }
  /** The operator's own once it is there: it is never written again. */
  readonly once?: boolean
}

/**
 * Makes a file what it is to be, and the directories to it.
 *
 * @returns what became of it
 * @throws StateUnusableError naming the path
 */
export function placeFile(file: PlacedFile): 'wrote' | 'updated' | 'unchanged' {
  const { path, text, mode, owner, once } = file
  return orUnusable(path, () => {
    const before = unlessMissing(() => readFileSync(path, 'utf8'), undefined)
    if (before === text || (before !== undefined && once === true)) return 'unchanged'
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    const { uid = process.getuid?.() ?? 0, gid = process.getgid?.() ?? 0 } = owner ?? {}
    replaceFile(path, text, { temporary: `${path}.tmp`, ownership: { mode, uid, gid } })
    return before === undefined ? 'wrote' : 'updated'
  })
}

/** @returns whether there was one to remove. @throws StateUnusableError */
export const dropFile = (path: string): boolean =>
  orUnusable(path, () => {
    try {
      rmSync(path)
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  })
