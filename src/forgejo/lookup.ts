import { type Fact, known, type Question, type Repo, repoId } from '../domain/fact.ts'
import { type LookupMode, OpenList, type Yield } from '../domain/open-list.ts'
import type { IssueState, OpenPulls } from '../domain/state.ts'
import type { ForgejoClient } from './client.ts'

type IssueQuestion = Extract<Question, { kind: 'issue' }>

/**
 * Answers as the client does, from fewer requests: what is on a list of open issues and pull requests is open.
 * All else is asked singly. That the open pull requests are all there are only their own list tells.
 */
export class Lookup {
  readonly #client: ForgejoClient
  #mode: LookupMode
  readonly #lists = new Map<string, OpenList>()

  constructor(client: ForgejoClient, mode: LookupMode) {
    this.#client = client
    this.#mode = mode
  }

  /** Says what is going to be asked, as far as anyone knows: by that it is told whether a list saves requests. */
  expect(questions: readonly Question[]): void {
    const issues = questions.filter((question) => question.kind === 'issue')
    for (const { repo, number } of issues) this.#listOf(repo).want(number)
  }

  /** As {@link ForgejoClient.answer}. @throws TokenRefusedError */
  async answer(question: Question): Promise<Fact<unknown>> {
    if (this.#mode === 'each') return this.#client.answer(question)
    if (question.kind === 'issue') return this.#issue(question)
    const fact = await this.#client.answer(question)
    if (question.kind === 'open-pulls') this.#notePulls(question.repo, fact as Fact<OpenPulls>)
    return fact
  }

  async #issue(question: IssueQuestion): Promise<Fact<IssueState>> {
    const { repo, number } = question
    const list = this.#listOf(repo)
    list.want(number)
    while (list.readsOn(number, this.#mode, this.#yield())) {
      const page = await this.#client.openPage(repo, list.nextPage)
      // What fails once, on every try, would cost every other repo as many.
      if (!page.known) this.#mode = 'each'
      list.add(page.known ? page.value : undefined)
    }
    const open = list.find(number)
    if (open !== undefined) return known(open)
    const issue = (await this.#client.answer(question)) as Fact<IssueState>
    list.askedSingly(number, issue.known && issue.value.state === 'open')
    return issue
  }

  #notePulls(repo: Repo, pulls: Fact<OpenPulls>): void {
    if (!pulls.known || pulls.value === 'not-visible') return
    for (const { number } of pulls.value) this.#listOf(repo).note(number, { state: 'open', pull: true })
  }

  #listOf(repo: Repo): OpenList {
    const list = this.#lists.get(repoId(repo)) ?? new OpenList()
    this.#lists.set(repoId(repo), list)
    return list
  }

  #yield(): Yield {
    const yields = [...this.#lists.values()].map((list) => list.yield)
    return {
      balance: yields.reduce((sum, { balance }) => sum + balance, 0),
      surplus: yields.reduce((sum, { surplus }) => sum + surplus, 0)
    }
  }
}
