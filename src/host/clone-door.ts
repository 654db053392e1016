import type { CacheRoot } from './cache-root.ts'
import type { Directory } from './directory.ts'

/**
 * Opens one admin directory after the other. What stands above them in a clone stays open until one of
 * another clone is asked for: that is six directories for each worktree.
 */
export class CloneDoor {
  readonly #root: CacheRoot
  #clone = ''
  #admins: Directory | undefined

  constructor(root: CacheRoot) {
    this.#root = root
  }

  /** The directory is the caller's to close. @throws when a name on the way is no plain directory */
  openAdmin({ gitDir, id }: { readonly gitDir: readonly string[]; readonly id: string }): Directory {
    const clone = gitDir.join('/')
    if (this.#admins === undefined || clone !== this.#clone) {
      this.close()
      this.#admins = this.#root.directory.open(...gitDir, 'worktrees')
      this.#clone = clone
    }
    return this.#admins.open(id)
  }

  close(): void {
    this.#admins?.close()
    this.#admins = undefined
  }
}
