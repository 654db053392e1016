import type { Registration } from './registration.ts'

/** What a slot was made for: the old place of a worktree or cache clone. */
export interface SlotPath {
  readonly slot: string
  readonly path: string
}

/** What a slot was made for: a worktree's old place and its registration. */
export interface SlotPlace extends SlotPath {
  readonly registration: Registration
}

/** In a slot of the trash the worktree and its admin directory have these names. */
export const WORKTREE = 'worktree'
export const ADMIN = 'admin'
export const LOCK = 'lock'
/** A slot holds either these or a cache clone. */
export const CLONE = 'clone'

/** What the `locked` file of a registration says while its worktree is in this slot. */
export const lockText = (slot: string): string => `claude-hooks-sweep ${slot}\n`

/** What a slot holds tells how far a removal came. */
export interface SlotState {
  readonly exists: boolean
  readonly hasWorktree: boolean
  readonly hasAdmin: boolean
  readonly hasClone: boolean
}
