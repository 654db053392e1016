import type { CacheCloneFacts } from './decide-cache-clone.ts'
import { type Fact, known, repoId } from './fact.ts'
import { protectedBy } from './protect.ts'
import type { Clone, Session, Worktree } from './state.ts'
import type { Rules } from './world.ts'

/** What a cache clone's own files, the store and the worktrees tell by now. */
export type LocalCloneFacts = Pick<CacheCloneFacts, 'place' | 'session' | 'worktree' | 'usage' | 'ageMs'>

export const localCloneFacts = (
  clone: Clone,
  sessions: readonly Session[],
  worktrees: readonly Worktree[]
): LocalCloneFacts => ({
  place: clone.place,
  session: sessionOf(clone, sessions),
  worktree: worktreeOf(clone, worktrees),
  usage: clone.usage,
  ageMs: clone.ageMs
})

/** A key that does not parse counts when it holds the repo's name. */
function sessionOf({ repo }: Clone, sessions: readonly Session[]): string | null {
  const id = repoId(repo)
  const isOf = ({ key, text }: Session) =>
    key === null ? text.toLowerCase().includes(id) : repoId(key.repo) === id
  return sessions.find(isOf)?.text ?? null
}

/** One of which nobody can tell whose it is may be of any clone. */
function worktreeOf({ repo, registered }: Clone, worktrees: readonly Worktree[]): Fact<string | null> {
  if (!registered.known || registered.value !== null) return registered
  const id = repoId(repo)
  const own = worktrees.find((worktree) => !worktree.repo.known || repoId(worktree.repo.value) === id)
  return known(own?.path ?? null)
}

/** The operator's word on a clone: a pattern that matches its repo, or what an undo brought back. */
export const cloneProtection = ({ repo, path }: Clone, { protect, broughtBack }: Rules): string | null =>
  broughtBack.has(path) ? 'brought back by undo' : protectedBy(protect, '', repo, null)
