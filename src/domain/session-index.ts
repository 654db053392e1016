import type { Decision } from './decision.ts'
import { type Repo, repoId } from './fact.ts'
import type { SessionKey } from './names.ts'
import { type OnPull, type PullHeads, readPullHeads } from './pull-heads.ts'
import { type Answers, ByRepo, type DecidedSession } from './world.ts'

/** The decided sessions, found by what a worktree knows of itself: most are on plain issues. */
export class SessionIndex {
  readonly #keptByNumber = new Map<string, string>()
  /** Sessions on pull requests, and kept ones of which that is not known. */
  readonly #onPulls = new ByRepo<OnPull>()
  readonly #heads = new Map<string, { answers: Answers; recorded: number; heads: PullHeads }>()

  constructor(decided: readonly DecidedSession[], answers: Answers) {
    for (const { session, decision } of decided) {
      const { key, text } = session
      if (key === null) continue
      const { repo, number } = key
      if (decision.action === 'keep') this.#keptByNumber.set(numberId(repo, number), text)
      if (mayBePull(decision, answers, key))
        this.#onPulls.add(repo, { session: { ...session, key }, decision })
    }
  }

  /** The key of a kept session on that issue or pull request. */
  keptOn(repo: Repo, number: number): string | undefined {
    return this.#keptByNumber.get(numberId(repo, number))
  }

  /** What is known by now of the heads of pull requests that sessions are, or may be, on. */
  headsOf(repo: Repo, answers: Answers): PullHeads {
    const id = repoId(repo)
    const read = this.#heads.get(id)
    // Once for each answer, not for each worktree: a repo can have thousands of both.
    if (read?.answers === answers && read.recorded === answers.recorded) return read.heads
    const heads = readPullHeads(this.#onPulls.of(repo), answers)
    this.#heads.set(id, { answers, recorded: answers.recorded, heads })
    return heads
  }
}

const numberId = (repo: Repo, number: number): string => `${repoId(repo)}#${number}`

/** A dropped session that nobody was asked about neither permits nor protects. */
function mayBePull({ action }: Decision, answers: Answers, { repo, number }: SessionKey): boolean {
  const issue = answers.issue(repo, number)
  if (!issue.known) return action === 'keep'
  return (issue.value.state === 'open' || issue.value.state === 'closed') && issue.value.pull
}
