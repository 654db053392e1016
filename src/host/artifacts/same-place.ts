import { statSync } from 'node:fs'
import { upwards } from '../mounts.ts'

/** What a path leads to, whatever mounts and links call it; undefined when nothing can be seen there. */
export function idOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

/**
 * Whether a path is another, or lies below it. Both are absolute; what is there is compared by device and
 * inode too, as a bind mount gives a directory a second path.
 */
export function isWithin(path: string, other: string): boolean {
  const id = idOf(other)
  return [...upwards(path)].some((at) => at === other || (id !== undefined && idOf(at) === id))
}
