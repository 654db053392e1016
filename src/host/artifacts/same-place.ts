import { statSync } from 'node:fs'
import { upwards } from '../mounts.ts'

/** Compares paths by what is there too: a bind mount gives a directory a second one. Each is looked at once. */
export class SamePlace {
  readonly #ids = new Map<string, string | undefined>()

  /** What a path leads to, whatever mounts and links call it; undefined when nothing can be seen there. */
  idOf(path: string): string | undefined {
    if (!this.#ids.has(path)) this.#ids.set(path, lookAt(path))
    return this.#ids.get(path)
  }

  /** Whether a path is another, or lies below it. Both are absolute. */
  isWithin(path: string, other: string): boolean {
    const id = this.idOf(other)
    return [...upwards(path)].some((at) => at === other || (id !== undefined && this.idOf(at) === id))
  }
}

function lookAt(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
