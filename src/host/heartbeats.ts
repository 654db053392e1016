import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, known, unknown } from '../domain/fact.ts'
import { fillPattern, type Heartbeater, type HeartbeatPattern } from '../domain/heartbeat-pattern.ts'
import type { NamePattern } from '../domain/path-glob.ts'
import { ageAt } from '../domain/time.ts'
import { describeError, errnoOf, isMissing } from './file-error.ts'

/** Tells when sessions last gave a sign of life. Directories that a pattern goes through are listed once. */
export class Heartbeats {
  readonly #patterns: readonly HeartbeatPattern[]
  readonly #now: number
  readonly #listings = new Map<string, ReadonlySet<string>>()
  /** The patterns' bases that are not there. */
  readonly #absent: readonly string[]

  /** @param now by this machine's clock, in milliseconds since 1970 */
  constructor(patterns: readonly HeartbeatPattern[], now: number) {
    this.#patterns = patterns
    this.#now = now
    this.#absent = patterns.map(({ base }) => base).filter((base) => !existsSync(base))
  }

  /**
   * How long ago, in milliseconds, the newest of a session's heartbeat files was touched; null when there is
   * none. Unknown where it cannot be looked for: a file system that is not mounted has no heartbeats to show.
   */
  ageOf(session: Heartbeater): Fact<number | null> {
    const [absent] = this.#absent
    if (absent !== undefined) return cannotRead(`${absent} is not there`)
    try {
      let newest: number | undefined
      for (const pattern of this.#patterns)
        for (const names of fillPattern(pattern, session))
          for (const time of this.#touched(pattern.base, names)) newest = Math.max(newest ?? time, time)
      return known(newest === undefined ? null : ageAt(this.#now, newest))
    } catch (error) {
      return cannotRead(describeError(error))
    }
  }

  /** When what the names lead to was touched. A link is followed: to look at a time harms nobody. */
  #touched(path: string, [name, ...below]: readonly NamePattern[], isListed = false): number[] {
    if (name === undefined) {
      const stats = unlessAbsent(() => statSync(path, NO_THROW), undefined)
      return stats === undefined || stats.isDirectory() ? [] : [stats.mtimeMs]
    }
    const { literal, matches } = name
    if (literal === null)
      return [...this.#list(path)]
        .filter(matches)
        .flatMap((one) => this.#touched(join(path, one), below, true))
    // Below a pattern each session asks for its name in the same directories.
    if (isListed && !this.#list(path).has(literal)) return []
    return this.#touched(join(path, literal), below, isListed)
  }

  #list(path: string): ReadonlySet<string> {
    const listed = this.#listings.get(path)
    if (listed !== undefined) return listed
    const names = new Set(unlessAbsent(() => readdirSync(path), []))
    this.#listings.set(path, names)
    return names
  }
}

const NO_THROW = { throwIfNoEntry: false } as const

const cannotRead = (why: string) =>
  unknown('HEARTBEAT_UNREADABLE', `Its heartbeat cannot be looked for: ${why}`)

/** What is read; `fallback` where nothing is, or where a file stands on the way. */
function unlessAbsent<T, F>(read: () => T, fallback: F): T | F {
  try {
    return read()
  } catch (error) {
    if (isMissing(error) || errnoOf(error) === 'ENOTDIR') return fallback
    throw error
  }
}
