import type { Decision } from './decision.ts'
import { type Fact, notAsked, type Question, questionId, type Repo, repoId } from './fact.ts'
import { branchNumber } from './names.ts'
import type { ProtectPattern } from './protect.ts'
import type { IssueState, OpenPulls, Session, Worktree } from './state.ts'

/** The operator's settings that decide. */
export interface Rules {
  readonly maxAgeDays: number
  readonly protect: readonly ProtectPattern[]
  readonly branchPattern: RegExp
  /** How far apart passes are, in milliseconds: what failed is left alone for ever more passes. */
  readonly passIntervalMs: number
  /** From this age on, in milliseconds, a heartbeat is old. */
  readonly staleMs: number
  /** Whether what failed earlier is tried at once. */
  readonly retryFailed: boolean
  /** What an undo brought back lately: keys of sessions, paths of worktrees. */
  readonly broughtBack: ReadonlySet<string>
}

/** What Forgejo has answered so far in this pass; what was not asked is unknown. */
export class Answers {
  readonly #facts = new Map<string, Fact<unknown>>()

  #recorded = 0

  /** How many answers came so far: as long as it is the same, all is known that was. */
  get recorded(): number {
    return this.#recorded
  }

  record(question: Question, fact: Fact<unknown>): void {
    this.#recorded += 1
    this.#facts.set(questionId(question), fact)
  }

  issue(repo: Repo, number: number): Fact<IssueState> {
    return this.#look<IssueState>({ kind: 'issue', repo, number })
  }

  /** The head branch of a closed pull request; null when it is no branch of the repo itself. */
  pullHead(repo: Repo, number: number): Fact<string | null> {
    return this.#look<string | null>({ kind: 'pull-head', repo, number })
  }

  openPulls(repo: Repo): Fact<OpenPulls> {
    return this.#look<OpenPulls>({ kind: 'open-pulls', repo })
  }

  /** Whether a repo is gone from Forgejo. */
  repoGone(repo: Repo): Fact<boolean> {
    return this.#look<boolean>({ kind: 'repo-gone', repo })
  }

  #look<T>(question: Question): Fact<T> {
    // `record` is given what the question's own reader found: the kind fixes the type.
    return (this.#facts.get(questionId(question)) as Fact<T> | undefined) ?? notAsked(question)
  }
}

/** A session with what was decided on it. */
export interface DecidedSession {
  readonly session: Session
  readonly decision: Decision
}

/** A worktree with the numbers that its branch and its directory name hold. */
export interface PlacedWorktree {
  readonly worktree: Worktree
  /** The number in its branch. */
  readonly number: number | null
  /** The branches it may be meant by: its own, and the one that its directory is named after. */
  readonly branches: ReadonlySet<string>
  readonly numbers: ReadonlySet<number>
}

export function placeWorktree(worktree: Worktree, pattern: RegExp): PlacedWorktree {
  const names = [worktree.branch, worktree.namedBranch].filter((name) => name !== null)
  const numbers = names.map((name) => branchNumber(name, pattern)).filter((n) => n !== null)
  const number = worktree.branch === null ? null : branchNumber(worktree.branch, pattern)
  return { worktree, number, branches: new Set(names), numbers: new Set(numbers) }
}

/** Things of one repo, found by its name without regard to case. */
export class ByRepo<T> {
  readonly #groups = new Map<string, T[]>()

  add(repo: Repo, item: T): void {
    const id = repoId(repo)
    const group = this.#groups.get(id)
    if (group === undefined) this.#groups.set(id, [item])
    else group.push(item)
  }

  of(repo: Repo): readonly T[] {
    return this.#groups.get(repoId(repo)) ?? []
  }
}
