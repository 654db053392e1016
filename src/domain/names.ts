import type { Repo } from './fact.ts'

/** A session's key, `<agent>:<owner>/<repo>:<number>`. */
export interface SessionKey {
  readonly agent: string
  readonly repo: Repo
  readonly number: number
}

const KEY = /^([^:/]+):([^:/]+)\/([^:/]+):([1-9]\d{0,14})$/
const AGENT = /^[0-9A-Za-z][\w.-]*$/
const OWNER = /^[0-9A-Za-z][-.\w]*$/
const REPO = /^[\w.-]{1,100}$/
const RESERVED_REPO = /^(?:\.|\.\.|-|.*\.(?:git|wiki|rss|atom))$/i
const TWO_IN_A_ROW = /[-._]{2}/

/** Whether Forgejo (16, `IsUsableUsername`) would accept the name for a user or an organisation. */
const isOwner = (text: string): boolean =>
  text.length <= 40 && OWNER.test(text) && !TWO_IN_A_ROW.test(text) && !/[-._]$/.test(text)

/** Whether Forgejo (16, `IsUsableRepoName`) would accept the name for a repository. */
const isRepoName = (text: string): boolean => REPO.test(text) && !RESERVED_REPO.test(text)

/** `owner/name` → repo, or undefined when Forgejo could have no such repo. */
export function parseRepo(text: string): Repo | undefined {
  const [owner, name, ...more] = text.split('/')
  if (owner === undefined || name === undefined || more.length > 0) return undefined
  return isOwner(owner) && isRepoName(name) ? { owner, name } : undefined
}

/** A key of the session store → its parts, or undefined when it is not one. */
export function parseSessionKey(text: string): SessionKey | undefined {
  const [, agent = '', owner = '', name = '', digits = ''] = KEY.exec(text) ?? []
  const repo = parseRepo(`${owner}/${name}`)
  if (repo === undefined || !AGENT.test(agent)) return undefined
  return { agent, repo, number: Number(digits) }
}

/**
 * The number in a branch: `dev/7`, `boss/6`, `issue-12-slug`, `feat/issue-12`. Dates and versions
 * (`dev/2026-11-20`, `release/1.2`) are none.
 */
export const DEFAULT_BRANCH_PATTERN = '(?:^[^/]+/|(?:^|/)issue-)(\\d+)(?![\\w.]|-\\d)'

/** The number in a branch name by the pattern's one group; null when there is none. */
export function branchNumber(branch: string, pattern: RegExp): number | null {
  const number = Number(pattern.exec(branch)?.[1] ?? Number.NaN)
  return Number.isSafeInteger(number) && number > 0 ? number : null
}

/** What a worktree's directory name says, `<owner>__<name>__<branch>` with `/` written `%2F`. */
export interface DirectoryName {
  readonly repo: Repo
  readonly branch: string
}

/**
 * Splits a directory name. An owner never holds `__`, a repo or a branch may: then the split is the
 * one whose cache clone exists, and undefined when none or several do.
 */
export function parseDirectoryName(
  name: string,
  hasClone: (repo: Repo) => boolean
): DirectoryName | undefined {
  const splits = possibleSplits(name)
  if (splits.length === 1) return splits[0]
  const cloned = splits.filter((split) => hasClone(split.repo))
  return cloned.length === 1 ? cloned[0] : undefined
}

function possibleSplits(name: string): DirectoryName[] {
  const first = name.indexOf('__')
  if (first === -1) return []
  const rest = name.slice(first + 2)
  const splits: DirectoryName[] = []
  for (let at = rest.indexOf('__', 1); at !== -1; at = rest.indexOf('__', at + 1)) {
    const repo = parseRepo(`${name.slice(0, first)}/${rest.slice(0, at)}`)
    const branch = rest.slice(at + 2).replaceAll(/%2f/gi, '/')
    if (repo !== undefined && branch !== '') splits.push({ repo, branch })
  }
  return splits
}
