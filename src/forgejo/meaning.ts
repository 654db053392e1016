import type { ErrorCode, Repo } from '../domain/fact.ts'
import { repoId } from '../domain/fact.ts'
import { parseRepo } from '../domain/names.ts'
import type { OpenPage } from '../domain/open-list.ts'
import type { IssueState, OpenPull } from '../domain/state.ts'
import type { HttpAnswer } from './transport.ts'

/**
 * What an answer means. Read from Forgejo 7, 11, 15 and 16 and seen on a live Forgejo 16. Decided
 * on status, type and shape, never on the text of a message, which Forgejo localises.
 */
export type Meaning<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'moved'; readonly repo: Repo }
  | { readonly kind: 'refused'; readonly scope: string | null }
  | { readonly kind: 'unknown'; readonly code: ErrorCode; readonly why: string }
  | {
      readonly kind: 'retry'
      readonly code: ErrorCode
      readonly why: string
      readonly retryAfter: string | undefined
    }

const SCOPE = /token does not have at least one of required scope\(s\): \[([\w:, ]*)\]/
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308])

/**
 * @param path what was asked, below `/api/v1`
 * @param parse what makes a value of a JSON answer's body; undefined when it is not what was asked
 */
export function meaningOf<T>(
  answer: HttpAnswer,
  path: string,
  parse: (body: unknown, answer: HttpAnswer) => T | undefined
): Meaning<T> {
  const { status } = answer
  if (status === 200) return meaningOfBody(answer, parse)
  // The body of a 401 repeats the token: it goes no further than here.
  if (status === 401) return { kind: 'refused', scope: null }
  if (REDIRECTS.has(status)) return meaningOfRedirect(answer.location, path)
  const json = parseJson(answer)
  if (status === 404 && json !== undefined) return { kind: 'absent' }
  if (status === 403 && json !== undefined) return meaningOfForbidden(json)
  if (status === 429) return retry(answer, 'FORGEJO_RATE_LIMITED', 'Forgejo says: too many requests')
  if (status >= 500) {
    return retry(answer, 'FORGEJO_SERVER_ERROR', `Forgejo answered with status ${status}`)
  }
  return retry(answer, 'FORGEJO_BAD_ANSWER', `Something in front of Forgejo answered ${status}`)
}

const retry = (answer: HttpAnswer, code: ErrorCode, why: string) =>
  ({ kind: 'retry', code, why, retryAfter: answer.retryAfter }) as const

function meaningOfBody<T>(
  answer: HttpAnswer,
  parse: (body: unknown, answer: HttpAnswer) => T | undefined
): Meaning<T> {
  const json = parseJson(answer)
  if (json === undefined) {
    return retry(answer, 'FORGEJO_BAD_ANSWER', 'The answer is not JSON: is it Forgejo that answers?')
  }
  const value = parse(json, answer)
  if (value !== undefined) return { kind: 'value', value }
  return retry(answer, 'FORGEJO_BAD_ANSWER', 'The answer is not about what was asked')
}

function meaningOfForbidden(json: unknown): Meaning<never> {
  const message = isObject(json) && typeof json['message'] === 'string' ? json['message'] : ''
  const scope = SCOPE.exec(message)?.[1]
  if (scope !== undefined) return { kind: 'refused', scope }
  const why = 'Forgejo forbids this token to look (403)'
  return { kind: 'unknown', code: 'FORGEJO_FORBIDDEN', why }
}

/**
 * A renamed or transferred repo: 301 (Forgejo 16), 307 (7, 11) or 302 (Gitea), with a path. Its
 * new name is believed only when all else of the path is what was asked: owner redirects can be corrupt.
 */
function meaningOfRedirect(location: string | undefined, path: string): Meaning<never> {
  const place = /^\/repos\/[^/]+\/[^/]+(\/[^?]*)/.exec(path)?.[1] ?? ''
  const moved = /^(?:\/[^/?#]+)*\/api\/v1\/repos\/([^/?#]+\/[^/?#]+)((?:\/[^?#]*)?)/.exec(location ?? '')
  const repo = moved?.[2] === place ? parseRepo(moved[1] ?? '') : undefined
  if (repo !== undefined) return { kind: 'moved', repo }
  const why = 'Forgejo redirects to a place that is not the same thing under another name'
  return { kind: 'unknown', code: 'FORGEJO_REDIRECT', why }
}

function parseJson({ contentType, body }: HttpAnswer): unknown {
  if (!/^application\/json\b/i.test(contentType)) return undefined
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isFullName = (value: unknown, repo: Repo): boolean =>
  isObject(value) &&
  typeof value['full_name'] === 'string' &&
  value['full_name'].toLowerCase() === repoId(repo)

/** `GET /repos/{o}/{r}` → whether it is about that repo. */
export const parseRepoShown = (body: unknown, repo: Repo): true | undefined =>
  isFullName(body, repo) ? true : undefined

/** `GET /repos/{o}/{r}/issues/{n}`: an empty object is possible, when Forgejo fails to load it. */
export function parseIssue(body: unknown, repo: Repo, number: number): IssueState | undefined {
  if (!isObject(body) || body['number'] !== number) return undefined
  if (!isFullName(body['repository'], repo)) return undefined
  const pullRequest = body['pull_request']
  const pull = isObject(pullRequest)
  if (!pull && pullRequest !== null && pullRequest !== undefined) return undefined
  if (body['state'] === 'open') return { state: 'open', pull }
  if (body['state'] !== 'closed') return undefined
  const closedAt = typeof body['closed_at'] === 'string' ? body['closed_at'] : null
  return { state: 'closed', pull, merged: pull && pullRequest['merged'] === true, closedAt }
}

/** `GET /repos/{o}/{r}/pulls/{n}` → the head branch; null when it is a fork's or made by AGit. */
export function parsePullHead(
  body: unknown,
  repo: Repo,
  number: number
): { readonly branch: string | null } | undefined {
  return isObject(body) && body['number'] === number ? parseHead(body, repo) : undefined
}

function parseHead(
  body: Record<string, unknown>,
  repo: Repo
): { readonly branch: string | null } | undefined {
  const { head, base } = body
  if (!isObject(head) || !isObject(base)) return undefined
  if (isObject(base['repo']) && !isFullName(base['repo'], repo)) return undefined
  const [headRepo, baseRepo, label] = [head['repo_id'], base['repo_id'], head['label']]
  if (typeof headRepo !== 'number' || typeof baseRepo !== 'number') return undefined
  if (typeof label !== 'string' || label === '') return undefined
  // A fork's branch of the same name is another branch; `ref` changes when the branch is deleted.
  const own = headRepo === baseRepo && (body['flow'] ?? 0) === 0
  return { branch: own ? label : null }
}

/** One page of `GET /repos/{o}/{r}/pulls?state=open`. */
export interface PullsPage {
  readonly pulls: readonly OpenPull[]
  readonly total: number
}

export function parsePullsPage(
  body: unknown,
  repo: Repo,
  totalCount: string | undefined
): PullsPage | undefined {
  const total = parseTotal(totalCount)
  if (!Array.isArray(body) || total === undefined) return undefined
  const pulls = body.map((item) => parseOpenPull(item, repo))
  const readable = pulls.filter((pull) => pull !== undefined)
  return readable.length === pulls.length ? { pulls: readable, total } : undefined
}

function parseTotal(totalCount: string | undefined): number | undefined {
  const total = /^\d+$/.test(totalCount ?? '') ? Number(totalCount) : Number.NaN
  return Number.isSafeInteger(total) ? total : undefined
}

/** One page of `GET /repos/{o}/{r}/issues?state=open`: only presence counts, so what cannot be read is left out. */
export function parseOpenPage(
  body: unknown,
  repo: Repo,
  totalCount: string | undefined
): OpenPage | undefined {
  const total = parseTotal(totalCount)
  if (!Array.isArray(body) || total === undefined) return undefined
  const open = new Map<number, Extract<IssueState, { state: 'open' }>>()
  for (const item of body) {
    const number = isObject(item) ? item['number'] : undefined
    const issue = typeof number === 'number' ? parseIssue(item, repo, number) : undefined
    if (typeof number === 'number' && issue?.state === 'open') open.set(number, issue)
  }
  return { open, size: body.length, total }
}

/** An element may be null, when Forgejo fails to load it: then the list is not whole. */
function parseOpenPull(item: unknown, repo: Repo): OpenPull | undefined {
  if (!isObject(item) || item['state'] !== 'open') return undefined
  const head = parseHead(item, repo)
  if (typeof item['number'] !== 'number' || head === undefined) return undefined
  return { number: item['number'], branch: head.branch }
}
