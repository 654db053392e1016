/** What a reader found out: a value, or the reason why there is none. Only a known fact can remove. */
export type Fact<T> = Known<T> | Unknown

export interface Known<T> {
  readonly known: true
  readonly value: T
}

export interface Unknown {
  readonly known: false
  readonly code: ErrorCode
  readonly why: string
  /** Set when nobody has looked yet: what has to be asked so that the fact becomes known. */
  readonly question?: Question
}

/** A question to Forgejo. Each distinct one is asked at most once in a pass. */
export type Question =
  | { readonly kind: 'issue'; readonly repo: Repo; readonly number: number }
  | { readonly kind: 'pull-head'; readonly repo: Repo; readonly number: number }
  | { readonly kind: 'open-pulls'; readonly repo: Repo }
  | { readonly kind: 'repo-gone'; readonly repo: Repo }

/** A repository's name as Forgejo writes it; owner and name compare without regard to case. */
export interface Repo {
  readonly owner: string
  readonly name: string
}

/** The codes of errors in the report: stable, scripts may match on them. */
export type ErrorCode =
  | 'NOT_ASKED'
  | 'INTERRUPTED'
  | 'DEADLINE'
  | 'KEY_INVALID'
  | 'UNSAFE_PATH'
  | 'REGISTRATION_DAMAGED'
  | 'PROCESSES_UNREADABLE'
  | 'WORKTREE_UNREADABLE'
  | 'HEARTBEAT_UNREADABLE'
  | 'CLONE_UNREADABLE'
  | 'UNSAVED_WORK'
  | 'REMOVE_FAILED'
  | 'ACTIVE_IDS_UNKNOWN'
  | 'ARTIFACT_FAILED'
  | 'RECOVERY_FAILED'
  | 'STORE_UNREADABLE'
  | 'STORE_WRITE_FAILED'
  | 'LEDGER_WRITE_FAILED'
  | 'CLOCK_SKEW'
  | 'TOO_MANY_REMOVALS'
  | 'FORGEJO_UNREACHABLE'
  | 'FORGEJO_TIMEOUT'
  | 'FORGEJO_RATE_LIMITED'
  | 'FORGEJO_SERVER_ERROR'
  | 'FORGEJO_BAD_ANSWER'
  | 'FORGEJO_REDIRECT'
  | 'FORGEJO_FORBIDDEN'
  | 'FORGEJO_STOPPED'

export const known = <T>(value: T): Known<T> => ({ known: true, value })

export const unknown = (code: ErrorCode, why: string): Unknown => ({ known: false, code, why })

/** A fact that nobody has looked for yet. Deciding hands it back when the decision hinges on it. */
export const notAsked = (question: Question): Unknown => ({
  known: false,
  code: 'NOT_ASKED',
  why: 'Forgejo was not asked',
  question
})

/** The identity of a question, so that it is asked once: names compare without regard to case. */
export function questionId(question: Question): string {
  const number = 'number' in question ? `#${question.number}` : ''
  return `${question.kind} ${repoId(question.repo)}${number}`
}

/** The identity of a repo: Forgejo (7 to 16) looks owner and name up without regard to case. */
export const repoId = (repo: Repo): string => `${repo.owner}/${repo.name}`.toLowerCase()

export const repoText = (repo: Repo): string => `${repo.owner}/${repo.name}`
