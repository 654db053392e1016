import { type Fact, type Repo, repoId } from '../domain/fact.ts'
import { isSwept, type Planned } from '../domain/plan.ts'
import type { Work, Worktree } from '../domain/state.ts'
import type { PlacedWorktree } from '../domain/world.ts'
import type { Readers } from './ports.ts'

/** So that all processors have something to do. */
const SIDE_BY_SIDE = 2

/**
 * Looks into worktrees while Forgejo is asked about others: at most one question may start every 200 ms, and a look takes
 * less. It is begun as soon as a worktree, or a session of its issue, is to go; a worktree that stays all the same was
 * looked into in vain.
 */
export class EarlyLooks {
  readonly #work: Readers['work']
  readonly #ofIssue = new Map<string, Worktree[]>()
  readonly #looks = new Map<string, Promise<Fact<Work>>>()
  readonly #waiting: (() => Promise<unknown>)[] = []
  readonly #running = new Set<Promise<unknown>>()

  /**
   * @param worktrees all that may go
   * @param work how one is looked into
   */
  constructor(worktrees: readonly PlacedWorktree[], work: Readers['work']) {
    this.#work = work
    for (const { worktree, numbers } of worktrees) {
      if (!worktree.repo.known || !mayGo(worktree)) continue
      for (const number of numbers) {
        const id = issueId(worktree.repo.value, number)
        this.#ofIssue.set(id, [...(this.#ofIssue.get(id) ?? []), worktree])
      }
    }
  }

  /** Takes note of what was decided on. */
  readonly decided = (planned: Planned): void => {
    if (!isSwept(planned)) return
    if (planned.kind === 'worktree') void this.of(planned.placed.worktree)
    else if (planned.kind === 'session' && planned.session.key !== null) {
      const { repo, number } = planned.session.key
      for (const worktree of this.#ofIssue.get(issueId(repo, number)) ?? []) void this.of(worktree)
    }
  }

  /** What a look into a worktree finds, or found. */
  of(worktree: Worktree): Promise<Fact<Work>> {
    const before = this.#looks.get(worktree.path)
    if (before !== undefined) return before
    const look = new Promise<Fact<Work>>((resolve) => {
      this.#waiting.push(() => {
        const found = this.#work(worktree)
        resolve(found)
        return found.catch(() => {})
      })
    })
    // Who asks for it is told; nobody may.
    look.catch(() => {})
    this.#looks.set(worktree.path, look)
    this.#begin()
    return look
  }

  /** Begins no more of them, and waits for those that are under way. */
  async end(): Promise<void> {
    this.#waiting.length = 0
    await Promise.all(this.#running)
  }

  #begin(): void {
    while (this.#running.size < SIDE_BY_SIDE) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      const running = next().finally(() => {
        this.#running.delete(running)
        this.#begin()
      })
      this.#running.add(running)
    }
  }
}

const issueId = (repo: Repo, number: number): string => `${repoId(repo)}#${number}`

/** Nothing that is seen by now keeps it. */
const mayGo = ({ place, locked, usage }: Worktree): boolean =>
  place.known && locked.known && locked.value === null && usage.known && usage.value === null
