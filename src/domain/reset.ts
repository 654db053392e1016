import type { SessionKey } from './names.ts'
import type { PlannedSession, PlannedWorktree } from './plan.ts'
import { ByRepo, type PlacedWorktree } from './world.ts'

/** The worktrees that stay, found by what a session knows of itself: both can be many. */
export class StayingWorktrees {
  readonly #byAgent = new Map<string, ByRepo<PlacedWorktree>>()
  readonly #agentsWithoutRepo = new Set<string>()

  constructor(kept: readonly PlannedWorktree[]) {
    for (const { placed } of kept) {
      const { agent, repo } = placed.worktree
      if (repo.known) this.#ofAgent(agent).add(repo.value, placed)
      else this.#agentsWithoutRepo.add(agent)
    }
  }

  /** Those of the session's agent and repo. */
  of({ agent, repo }: SessionKey): readonly PlacedWorktree[] {
    return this.#ofAgent(agent).of(repo)
  }

  /** Whether one of the agent stays of which nobody knows the repo. */
  isAnyWithoutRepo({ agent }: SessionKey): boolean {
    return this.#agentsWithoutRepo.has(agent)
  }

  #ofAgent(agent: string): ByRepo<PlacedWorktree> {
    const group = this.#byAgent.get(agent) ?? new ByRepo<PlacedWorktree>()
    this.#byAgent.set(agent, group)
    return group
  }
}

/**
 * Whether the service may be asked to reset a session. Its reset takes the agent's worktree of that
 * issue along, so there must be none that stays on purpose: with an open pull request, locked, too young.
 * The worktree of a pull request goes by its head branch, whose number can be any: then, and while
 * nobody knows what the session is on, no worktree of that agent and repo may be left.
 */
export function mayReset({ session, pull }: PlannedSession, staying: StayingWorktrees): boolean {
  const { key } = session
  if (key === null || staying.isAnyWithoutRepo(key)) return false
  return !staying.of(key).some(({ numbers }) => pull !== false || numbers.has(key.number))
}
