import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Exchange, exchange } from './recorded.ts'

interface Head {
  readonly branch: string
  readonly fork?: boolean
  readonly flow?: number
  /** The branch is gone; the pull request keeps its commits under a ref of its own. */
  readonly deleted?: boolean
}

/** An issue or pull request of the stand-in's world. */
export interface Item {
  readonly number: number
  readonly state: 'open' | 'closed'
  readonly merged?: boolean
  /** Set for a pull request: its head, a branch of the repo itself unless `fork`. */
  readonly head?: Head
  readonly closedAt?: string
}

export interface RepoWorld {
  /** As Forgejo writes it. */
  readonly name: string
  items: Item[]
  /** The new name, when it was renamed. */
  movedTo?: string
  /** Whom it is hidden from. */
  hiddenFrom?: readonly string[]
  issuesOff?: boolean
  pullsOff?: boolean
}

/** A request as it came in. */
export interface Seen {
  readonly path: string
  readonly at: number
  readonly inFlight: number
}

/** Answers in the stand-in's place; returns false to let it answer itself. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

/** Tokens the stand-in knows, with their scopes; undefined has every right. */
const SCOPES: Readonly<Record<string, readonly string[] | undefined>> = {
  all: undefined,
  bob: undefined,
  'read:issue': ['read:issue'],
  'read:user': ['read:user']
}

const PAGE = 50

/** A Forgejo on loopback that answers as the recorded one did. */
export class ForgejoStandIn {
  readonly repos = new Map<string, RepoWorld>()
  readonly seen: Seen[] = []
  fault: Fault = () => false
  /** Milliseconds that every answer takes. */
  delayMs = 0
  /** What the `Date` header says instead of now. */
  date: string | undefined
  readonly #server: Server
  #inFlight = 0

  private constructor() {
    this.#server = createServer((request, response) => this.#receive(request, response))
  }

  static async start(): Promise<ForgejoStandIn> {
    const standIn = new ForgejoStandIn()
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve))
    return standIn
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Adds a repo, or more items to it. */
  add(name: string, items: readonly Item[] = [], more: Partial<RepoWorld> = {}): RepoWorld {
    const repo = this.repos.get(name.toLowerCase()) ?? { name, items: [] }
    repo.items = [...repo.items, ...items]
    Object.assign(repo, more)
    this.repos.set(name.toLowerCase(), repo)
    return repo
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    this.#inFlight += 1
    this.seen.push({ path: request.url ?? '', at: performance.now(), inFlight: this.#inFlight })
    response.on('close', () => {
      this.#inFlight -= 1
    })
    if (this.date !== undefined) response.setHeader('date', this.date)
    const timer = setTimeout(() => {
      if (!this.fault(request, response)) this.#answer(request, response)
    }, this.delayMs)
    response.on('close', () => clearTimeout(timer))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url)
    const { status, headers, body } = this.route(url, tokenOf(request))
    // `fetch`-like clients must see the recorded headers, and no others that matter.
    response.writeHead(status, headers)
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  /** What it answers, without a connection: for worlds by the hundred. */
  route(url: URL, token: string): Exchange['response'] {
    if (token === 'bad') return exchange('bad token').response
    if (url.pathname === '/api/v1/version') return exchange('version, good token').response
    if (url.pathname === '/api/v1/repos/issues/search') return this.#search(token)
    const parts = /^\/api\/v1\/repos\/([^/]+\/[^/]+)(?:\/(issues|pulls)(?:\/(\d+))?)?$/.exec(url.pathname)
    if (parts === null) return exchange('unknown route').response
    const [, name = '', kind, number] = parts
    const scope = kind === 'issues' ? 'read:issue' : 'read:repository'
    const scopes = SCOPES[token]
    if (scopes !== undefined && !scopes.includes(scope)) return lacking(scope)
    const repo = this.repos.get(name.toLowerCase())
    if (repo === undefined && kind === undefined) return exchange('repository, missing').response
    if (repo === undefined) return exchange(this.#hasOwner(name) ? 'no such repo' : 'no such owner').response
    if (repo.hiddenFrom?.includes(token)) return exchange('no such repo').response
    if (repo.movedTo !== undefined) return moved(url, name, repo.movedTo)
    if (kind === undefined) return shown(repo)
    return number === undefined ? list(repo, kind, url) : single(repo, kind, Number(number))
  }

  /** Any issue or pull request of a repo that the token may see. */
  #search(token: string): Exchange['response'] {
    const scopes = SCOPES[token]
    if (scopes !== undefined && !scopes.includes('read:issue')) return lacking('read:issue')
    const repos = [...this.repos.values()].filter(
      ({ hiddenFrom, items }) => hiddenFrom?.includes(token) !== true && items.length > 0
    )
    const body = repos.slice(0, 1).map((repo) => ({ repository: { full_name: repo.name } }))
    return { ...exchange('open issue').response, body }
  }

  #hasOwner(name: string): boolean {
    const owner = name.toLowerCase().replace(/[^/]*$/, '')
    return [...this.repos.keys()].some((known) => known.startsWith(owner))
  }
}

function tokenOf(request: IncomingMessage): string {
  // Versions 7 and 11 take `token` in lower case only.
  const [, token] = /^token (.+)$/.exec(request.headers.authorization ?? '') ?? []
  return token ?? 'none'
}

const notFound = () => exchange('no such issue').response

function lacking(scope: string): Exchange['response'] {
  const name = scope === 'read:issue' ? 'token lacks read:issue' : 'token lacks read:repository, pulls list'
  return exchange(name).response
}

function moved(url: URL, name: string, to: string): Exchange['response'] {
  const location = `${url.pathname.replace(name, to)}${url.search}`
  const { status, headers } = exchange('renamed repo').response
  const body = `<a href="${location}">Moved Permanently</a>.\n\n`
  return { status, headers: { ...headers, location }, body }
}

function shown(repo: RepoWorld): Exchange['response'] {
  const response = exchange('repository, visible').response
  return { ...response, body: { ...(response.body as object), full_name: repo.name } }
}

function single(repo: RepoWorld, kind: string, number: number): Exchange['response'] {
  const item = repo.items.find((one) => one.number === number)
  if (item === undefined || !isServed(repo, kind, item)) return notFound()
  return {
    ...exchange('open issue').response,
    body: kind === 'pulls' ? pullBody(repo, item) : issueBody(repo, item)
  }
}

/** Pull requests are issues too, and stay when the issues are switched off. */
function isServed(repo: RepoWorld, kind: string, item: Item): boolean {
  if (kind === 'pulls') return item.head !== undefined && !repo.pullsOff
  return item.head !== undefined || !repo.issuesOff
}

function list(repo: RepoWorld, kind: string, url: URL): Exchange['response'] {
  if (kind === 'pulls' && repo.pullsOff) return notFound()
  const state = url.searchParams.get('state') ?? (kind === 'pulls' ? 'all' : 'open')
  const items = repo.items
    .filter((item) => isServed(repo, kind, item) && (state === 'all' || item.state === state))
    .sort((one, other) => other.number - one.number)
  const limit = Math.min(PAGE, Number(url.searchParams.get('limit') ?? 30))
  const page = Number(url.searchParams.get('page') ?? 1)
  const shown = items.slice((page - 1) * limit, page * limit)
  const headers = { ...exchange('open issue').response.headers, 'x-total-count': `${items.length}` }
  const body = shown.map((item) => (kind === 'pulls' ? pullBody(repo, item) : issueBody(repo, item)))
  return { status: 200, headers, body }
}

const CLOSED_AT = '2026-11-20T16:20:00Z'

function issueBody(repo: RepoWorld, item: Item): unknown {
  const name = item.head === undefined ? 'open issue' : 'open pull request'
  const template = exchange(name).response.body as Record<string, unknown>
  const closedAt = item.state === 'closed' ? (item.closedAt ?? CLOSED_AT) : null
  const merged = item.merged === true
  const pull = { merged, merged_at: merged ? closedAt : null, draft: false, html_url: '' }
  const [owner, repoName] = repo.name.split('/')
  return {
    ...template,
    number: item.number,
    state: item.state,
    closed_at: closedAt,
    pull_request: item.head === undefined ? null : pull,
    repository: { id: 1, name: repoName, owner, full_name: repo.name }
  }
}

function pullBody(repo: RepoWorld, item: Item): unknown {
  const template = exchange('one pull request, head dev/7').response.body as PullTemplate
  const { branch = '', fork = false, flow = 0, deleted = false } = item.head ?? {}
  const ref = deleted ? `refs/pull/${item.number}/head` : branch
  const own = { ...template.base.repo, full_name: repo.name }
  const headRepo = fork ? { ...own, full_name: `fork/${repo.name.split('/')[1]}` } : own
  return {
    ...template,
    number: item.number,
    state: item.state,
    merged: item.merged === true,
    closed_at: item.state === 'closed' ? (item.closedAt ?? CLOSED_AT) : null,
    base: { ...template.base, repo_id: 1, repo: own },
    head: { ...template.head, label: branch, ref, repo_id: fork ? 7 : 1, repo: headRepo },
    flow
  }
}

interface PullTemplate {
  readonly base: { readonly repo: object }
  readonly head: object
}
