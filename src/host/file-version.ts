import { statSync } from 'node:fs'
import { describeError } from './file-error.ts'

/** What tells whether a file is still the one that was read, links followed; why it cannot be told, else. */
export function fileVersion(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return `${dev} ${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch (error) {
    return describeError(error)
  }
}
