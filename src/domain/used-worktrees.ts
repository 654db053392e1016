import type { SessionKey } from './names.ts'
import { ByRepo, type PlacedWorktree } from './world.ts'

/** The worktrees that are, or may be, in use, found by what a session knows of itself: most are not. */
export class UsedWorktrees {
  readonly #byRepo = new ByRepo<PlacedWorktree>()
  readonly #withoutRepo: PlacedWorktree[] = []

  constructor(worktrees: readonly PlacedWorktree[]) {
    for (const placed of worktrees) {
      const { repo, usage } = placed.worktree
      if (usage.known && usage.value === null) continue
      if (repo.known) this.#byRepo.add(repo.value, placed)
      else this.#withoutRepo.push(placed)
    }
  }

  /** Those of the session's agent and repo, and those of its agent whose repo nobody knows. */
  of({ agent, repo }: SessionKey): readonly PlacedWorktree[] {
    const candidates = [...this.#byRepo.of(repo), ...this.#withoutRepo]
    return candidates.filter(({ worktree }) => worktree.agent === agent)
  }
}
