import { type Fact, known, type Question, type Repo, repoId, repoText, unknown } from '../domain/fact.ts'
import type { OpenPage } from '../domain/open-list.ts'
import type { IssueState, OpenPull, OpenPulls } from '../domain/state.ts'
import type { Asker, Reply } from './asker.ts'
import {
  meaningOf,
  type PullsPage,
  parseIssue,
  parseOpenPage,
  parsePullHead,
  parsePullsPage,
  parseRepoShown
} from './meaning.ts'
import type { HttpAnswer } from './transport.ts'

/** `GET /settings/api` says that Forgejo gives no more than 50 a page, whatever is asked. */
const PAGE = 50

/** How often a list is read at the most, until two reads agree. */
const LIST_READS = 4

/** Puts the pass's questions to Forgejo. */
export class ForgejoClient {
  readonly #asker: Asker
  readonly #visible = new Map<string, Fact<boolean>>()
  /** Whether this token is shown anything; undefined while nothing tells. */
  #shown: Fact<true> | undefined

  constructor(asker: Asker) {
    this.#asker = asker
  }

  /** Answers with an `IssueState`, a head branch, `OpenPulls` or yes or no, as the kind asks. @throws TokenRefusedError */
  answer(question: Question): Promise<Fact<unknown>> {
    switch (question.kind) {
      case 'issue':
        return this.#issue(question.repo, question.number)
      case 'pull-head':
        return this.#pullHead(question.repo, question.number)
      case 'open-pulls':
        return this.#openPulls(question.repo)
      case 'repo-gone':
        return this.#isGone(question.repo)
    }
  }

  async #issue(repo: Repo, number: number): Promise<Fact<IssueState>> {
    const place = `/issues/${number}`
    const reply = await this.#ask(repo, place, (body, at) => parseIssue(body, at, number))
    if (!reply.known) return reply
    if (reply.value.kind === 'value') return known(reply.value.value)
    // Absent and not visible look the same (Forgejo 7 to 16): the repo's own list tells them apart.
    const visible = await this.isVisible(reply.value.repo)
    return visible.known ? known({ state: visible.value ? 'missing' : 'not-visible' }) : visible
  }

  async #pullHead(repo: Repo, number: number): Promise<Fact<string | null>> {
    const reply = await this.#ask(repo, `/pulls/${number}`, (body, at) => parsePullHead(body, at, number))
    if (!reply.known) return reply
    if (reply.value.kind === 'value') return known(reply.value.value.branch)
    return unknown('FORGEJO_BAD_ANSWER', `Forgejo does not show pull request ${number} itself`)
  }

  /**
   * What closes, opens or is reopened between two pages shifts the rest, and one can be missed: a
   * list of several pages counts once two reads in a row agree.
   */
  async #openPulls(repo: Repo): Promise<Fact<OpenPulls>> {
    let before: string | undefined
    for (let read = 1; read <= LIST_READS; read += 1) {
      const list = await this.#listOpenPulls(repo)
      if (!list.known) return list
      const { pulls, pages } = list.value
      if (pulls === 'not-visible' || pages === 1) return known(pulls)
      const numbers = pulls.map(({ number }) => number).join()
      if (numbers === before) return known(pulls)
      before = numbers
    }
    const why = `The open pull requests of ${repoText(repo)} change faster than they can be listed`
    return unknown('FORGEJO_BAD_ANSWER', why)
  }

  async #listOpenPulls(repo: Repo): Promise<Fact<{ pulls: OpenPulls; pages: number }>> {
    const found: OpenPull[] = []
    for (let page = 1; ; page += 1) {
      const place = `/pulls?state=open&limit=${PAGE}&page=${page}`
      const reply = await this.#ask<PullsPage>(repo, place, (body, at, { totalCount }) =>
        parsePullsPage(body, at, totalCount)
      )
      if (!reply.known) return reply
      if (reply.value.kind === 'absent') {
        const pulls = await this.#withoutPulls(reply.value.repo)
        return pulls.known ? known({ pulls: pulls.value, pages: page }) : pulls
      }
      const { pulls, total } = reply.value.value
      found.push(...pulls)
      if (found.length >= total || pulls.length === 0) return known({ pulls: found, pages: page })
    }
  }

  /**
   * One page of a repo's open issues and pull requests; their head branches are not told.
   *
   * @param page counted from 1
   * @returns undefined when this token is shown no list of that repo
   * @throws TokenRefusedError
   */
  async openPage(repo: Repo, page: number): Promise<Fact<OpenPage | undefined>> {
    const place = `/issues?state=open&limit=${PAGE}&page=${page}`
    const reply = await this.#ask<OpenPage>(repo, place, (body, at, { totalCount }) =>
      parseOpenPage(body, at, totalCount)
    )
    return reply.known ? known(reply.value.kind === 'value' ? reply.value.value : undefined) : reply
  }

  /** No list: the repo is not visible, or its pull requests are switched off, and may come back. */
  async #withoutPulls(repo: Repo): Promise<Fact<OpenPulls>> {
    const visible = await this.isVisible(repo)
    if (!visible.known) return visible
    if (!visible.value) return known('not-visible')
    return unknown('FORGEJO_BAD_ANSWER', `${repoText(repo)} is visible, but not its pull requests`)
  }

  /** Whether this token may see a repo; asked once of each. Needs read:issue. @throws TokenRefusedError */
  async isVisible(repo: Repo): Promise<Fact<boolean>> {
    const before = this.#visible.get(repoId(repo))
    if (before !== undefined) return before
    const place = '/issues?limit=1&state=all'
    const reply = await this.#ask(repo, place, (body) => (Array.isArray(body) ? true : undefined))
    const visible: Fact<boolean> = reply.known ? known(reply.value.kind === 'value') : reply
    this.#visible.set(repoId(repo), visible)
    return visible
  }

  /**
   * Whether a repo is gone. Its own page tells, for one without issues and pull requests has no list of them. Where it
   * moved it is not gone. A token that is shown nothing at all would find every repo gone. Needs read:repository.
   */
  async #isGone(repo: Repo): Promise<Fact<boolean>> {
    const visible = this.#visible.get(repoId(repo))
    if (visible?.known === true && visible.value) return known(false)
    const reply = await this.#askAt(repo, '', parseRepoShown)
    if (!reply.known) return reply
    if (reply.value.kind !== 'absent') return known(false)
    this.#shown ??= await this.#searchAny()
    return this.#shown.known ? known(true) : this.#shown
  }

  /** `GET /repos/issues/search`: any issue or pull request that this token may see. */
  async #searchAny(): Promise<Fact<true>> {
    const path = '/repos/issues/search?state=all&limit=1'
    const isSome = (body: unknown) => (Array.isArray(body) ? body.length > 0 : undefined)
    const reply = await this.#asker.ask(path, (answer) => meaningOf(answer, path, isSome))
    if (!reply.known) return reply
    if (reply.value.kind === 'value' && reply.value.value) return known(true)
    const why =
      'Forgejo shows this token nothing at all: nobody can tell a repo that is gone from one that the token may not see'
    return unknown('FORGEJO_FORBIDDEN', why)
  }

  /** Whether it shows a repo's list of pull requests. Needs read:repository. @throws TokenRefusedError */
  async showsPulls(repo: Repo): Promise<Fact<boolean>> {
    const place = '/pulls?state=open&limit=1'
    const reply = await this.#ask(repo, place, (body) => (Array.isArray(body) ? true : undefined))
    return reply.known ? known(reply.value.kind === 'value') : reply
  }

  /** Asks, and where the repo has moved asks there, once. */
  async #ask<T>(repo: Repo, place: string, parse: Parse<T>): Promise<Fact<Answered<T>>> {
    const first = await this.#askAt(repo, place, parse)
    if (!first.known || first.value.kind !== 'moved') return first as Fact<Answered<T>>
    const second = await this.#askAt(first.value.repo, place, parse)
    if (!second.known || second.value.kind !== 'moved') return second as Fact<Answered<T>>
    return unknown('FORGEJO_REDIRECT', `Forgejo redirects ${repoText(repo)} more than once`)
  }

  async #askAt<T>(repo: Repo, place: string, parse: Parse<T>): Promise<Fact<Reply<T> & At>> {
    const path = `/repos/${encodeURIComponent(repo.owner)}/${encodeURIComponent(repo.name)}${place}`
    const reply = await this.#asker.ask(path, (answer) =>
      meaningOf(answer, path, (body) => parse(body, repo, answer))
    )
    if (reply.known && reply.value.kind === 'value') this.#shown = known(true)
    return reply.known ? known({ repo, ...reply.value }) : reply
  }
}

type Parse<T> = (body: unknown, repo: Repo, answer: HttpAnswer) => T | undefined

interface At {
  readonly repo: Repo
}

/** A reply from where the repo is now. */
type Answered<T> = ({ readonly kind: 'value'; readonly value: T } & At) | ({ readonly kind: 'absent' } & At)
