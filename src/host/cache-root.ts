import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { Directory } from './directory.ts'

/** The cache directory, resolved once and held open: nothing outside it is ever touched. */
export class CacheRoot {
  /** Its path without links. */
  readonly path: string
  readonly directory: Directory
  readonly #configured: string

  /** @param configured as the setting names it; git wrote this into its files, or the real path */
  constructor(configured: string) {
    this.#configured = configured
    this.path = realpathSync(configured)
    this.directory = Directory.open(this.path)
  }

  get worktrees(): string {
    return join(this.path, 'worktrees')
  }

  get trash(): string {
    return join(this.path, 'sweeper-trash')
  }

  pathOf(names: readonly string[]): string {
    return join(this.path, ...names)
  }

  /** The names from the root to a normalised absolute path; undefined when it is not below it. */
  namesOf(path: string): string[] | undefined {
    for (const prefix of [this.path, this.#configured]) {
      if (path.startsWith(`${prefix}/`)) return path.slice(prefix.length + 1).split('/')
    }
    return undefined
  }

  close(): void {
    this.directory.close()
  }
}
