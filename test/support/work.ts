import type { Work } from '../../src/domain/state.ts'

/** A worktree of which a remote has all. */
export const PUSHED: Work = { holds: null, obstacle: null, bytes: 1000 }
