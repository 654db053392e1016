import { type Holdings, holdingsOf, lostOf } from './holdings.ts'
import { Sandbox } from './sandbox.ts'

const KEY = 'dev:charles/peon:7'

/** Every agent's session of the closed issue. */
const OF_CLOSED = /^session .+:charles\/peon:7$/

/** Git's own records of a worktree and its branch go along with it. */
const GIT_RECORDS = ['refs/heads/dev', 'logs/refs/heads/dev', 'worktrees/charles__peon__dev%2F7']

/**
 * A closed issue's session and worktree, which go when all is well, beside a worktree that stays.
 * A fault takes neither, unless Forgejo's answer was plainly right.
 */
export class FaultScene {
  readonly sandbox: Sandbox
  readonly #worktree: string
  #before: Holdings

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox
    sandbox.addClone('charles/peon')
    sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
    sandbox.addSession(KEY)
    const closed = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
    sandbox.addWorktree('dev', 'charles/peon', 'topic', { dirty: 'untracked' })
    this.#worktree = closed.slice(sandbox.cacheDir.length + 1)
    this.#before = holdingsOf(sandbox)
  }

  static async create(): Promise<FaultScene> {
    return new FaultScene(await Sandbox.create())
  }

  /** Takes what is there now for what there was. */
  arm(): void {
    this.#before = holdingsOf(this.sandbox)
  }

  /** What of the closed issue went, in words, and how much went besides. */
  look(): { readonly done: string; readonly lost: number } {
    const now = holdingsOf(this.sandbox)
    const gone = [
      ...(now.has(`session ${KEY}`) || !this.#before.has(`session ${KEY}`) ? [] : ['session']),
      ...(now.has(this.#worktree) ? [] : ['worktree'])
    ]
    const records = GIT_RECORDS.map((name) => `repos/charles/peon/.git/${name}`)
    const mayGo = [
      ...(gone.includes('session') ? [...this.#before.keys()].filter((name) => OF_CLOSED.test(name)) : []),
      ...(gone.includes('worktree') ? [this.#worktree, ...records] : [])
    ]
    const done = gone.length === 0 ? 'kept all' : `swept ${gone.join(' and ')}`
    return { done, lost: lostOf(this.#before, now, mayGo) }
  }
}
