import { linkSync, mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { CacheRoot } from './cache-root.ts'
import { deleteTree } from './delete-tree.ts'
import type { Directory } from './directory.ts'
import { unlessMissing } from './file-error.ts'
import type { Identity } from './journal-records.ts'
import { adminNames } from './registration.ts'
import {
  ADMIN,
  CLONE,
  LOCK,
  lockText,
  type SlotPath,
  type SlotPlace,
  type SlotState,
  WORKTREE
} from './slot.ts'

/** The trash: one slot for each removal under way, on the worktrees' own file system. */
export class Trash {
  readonly #root: CacheRoot

  constructor(root: CacheRoot) {
    this.#root = root
  }

  pathOf(slot: string, name: string): string {
    return `${this.#root.trash}/${slot}/${name}`
  }

  list(): string[] {
    const trash = unlessMissing(() => this.#root.directory.open('sweeper-trash'), undefined)
    try {
      return trash?.list() ?? []
    } finally {
      trash?.close()
    }
  }

  create(slot: string): void {
    mkdirSync(this.#root.trash, { recursive: true, mode: 0o700 })
    this.#with(['sweeper-trash'], (trash) => {
      mkdirSync(trash.entry(slot), { mode: 0o700 })
      trash.sync()
    })
  }

  stateOf(slot: string): SlotState {
    const names = unlessMissing(() => this.#with(['sweeper-trash', slot], (open) => open.list()), undefined)
    return {
      exists: names !== undefined,
      hasWorktree: names?.includes(WORKTREE) ?? false,
      hasAdmin: names?.includes(ADMIN) ?? false,
      hasClone: names?.includes(CLONE) ?? false
    }
  }

  /** Moves a worktree, or a clone, aside; it must still be the directory that was looked at. */
  take({ slot, path }: SlotPath, as: typeof WORKTREE | typeof CLONE, expected: Identity): void {
    this.#with(this.#namesOf(dirname(path)), (parent) =>
      this.#with(['sweeper-trash', slot], (open) => {
        checkSame(parent.stat(basename(path)), expected)
        renameSync(parent.entry(basename(path)), open.entry(as))
        checkSame(open.stat(as), expected)
        open.sync()
        parent.sync()
      })
    )
  }

  /** Moves it back, unless something newer stands in its place. */
  putBack({ slot, path }: SlotPath, from: typeof WORKTREE | typeof CLONE): void {
    mkdirSync(dirname(path), { recursive: true })
    this.#with(this.#namesOf(dirname(path)), (parent) =>
      this.#with(['sweeper-trash', slot], (open) => {
        if (unlessMissing(() => parent.stat(basename(path)), undefined) !== undefined) {
          throw new Error(
            `Something newer stands at ${path}: the ${from} waits in ${this.pathOf(slot, from)}`
          )
        }
        renameSync(open.entry(from), parent.entry(basename(path)))
        parent.sync()
        open.sync()
      })
    )
  }

  /** Moves the admin directory aside: from then on the worktree is registered no more. */
  takeAdmin({ slot, registration }: SlotPlace): void {
    this.#with([...registration.gitDir, 'worktrees'], (worktrees) =>
      this.#with(['sweeper-trash', slot], (open) => {
        if (!worktrees.stat(registration.id).isDirectory())
          throw new Error('Its registration is no directory')
        renameSync(worktrees.entry(registration.id), open.entry(ADMIN))
        open.sync()
        worktrees.sync()
      })
    )
  }

  /** Moves an admin directory that was made in the slot to its place. */
  placeAdmin({ slot, registration }: SlotPlace): void {
    this.#with(registration.gitDir, (gitDir) => {
      // Git removes it with the last worktree.
      if (unlessMissing(() => gitDir.stat('worktrees'), undefined) === undefined)
        mkdirSync(gitDir.entry('worktrees'))
    })
    this.#with([...registration.gitDir, 'worktrees'], (worktrees) =>
      this.#with(['sweeper-trash', slot], (open) => {
        if (unlessMissing(() => worktrees.stat(registration.id), undefined) !== undefined)
          throw new Error(`Another worktree is registered as ${registration.id} by now`)
        renameSync(open.entry(ADMIN), worktrees.entry(registration.id))
        worktrees.sync()
        open.sync()
      })
    )
  }

  /**
   * Locks the registration as `git worktree lock` does, so that nobody prunes it meanwhile. The file
   * appears whole, by a link: an empty one is somebody else's lock without a reason.
   *
   * @throws when it is locked already
   */
  lockRegistration({ slot, registration }: SlotPlace): void {
    this.#with(['sweeper-trash', slot], (open) => {
      writeFileSync(open.entry(LOCK), lockText(slot), { flag: 'wx', mode: 0o644 })
      this.#with(adminNames(registration), (admin) => {
        linkSync(open.entry(LOCK), admin.entry('locked'))
        admin.sync()
      })
      unlinkSync(open.entry(LOCK))
    })
  }

  /** Deletes what is left of a worktree and its admin directory, or of a clone. Safe to repeat. @throws when something is left */
  async empty(slot: string): Promise<void> {
    const open = unlessMissing(() => this.#root.directory.open('sweeper-trash', slot), undefined)
    try {
      // The worktree first: while the admin directory is there, the removal is known to be decided.
      if (open !== undefined)
        for (const name of [WORKTREE, ADMIN, CLONE])
          await deleteTree(open, name, `${this.#root.trash}/${slot}`)
    } finally {
      open?.close()
    }
  }

  /** Whether the registration has the lock of this slot. */
  hasLock({ slot, registration }: Pick<SlotPlace, 'slot' | 'registration'>): boolean {
    return unlessMissing(
      () => this.#with(adminNames(registration), (admin) => admin.readSmallFile('locked') === lockText(slot)),
      false
    )
  }

  /** Takes our own lock off a registration; any other, and one that is gone, stay as they are. */
  unlockRegistration({ slot, registration }: Pick<SlotPlace, 'slot' | 'registration'>): void {
    if (!this.hasLock({ slot, registration })) return
    this.#with(adminNames(registration), (admin) => {
      unlinkSync(admin.entry('locked'))
      admin.sync()
    })
  }

  removeSlot(slot: string): void {
    this.#with(['sweeper-trash'], (trash) => {
      rmSync(`${trash.entry(slot)}/${LOCK}`, { force: true })
      rmdirSync(trash.entry(slot))
      trash.sync()
    })
  }

  #namesOf(path: string): readonly string[] {
    const names = this.#root.namesOf(path)
    if (names === undefined) throw new Error(`${path} is not below the cache directory`)
    return names
  }

  #with<T>(names: readonly string[], use: (directory: Directory) => T): T {
    const directory = this.#root.directory.open(...names)
    try {
      return use(directory)
    } finally {
      directory.close()
    }
  }
}

function checkSame(seen: Identity, expected: Identity): void {
  if (seen.dev !== expected.dev || seen.ino !== expected.ino) {
    throw new Error('The directory was exchanged while it was being removed')
  }
}
