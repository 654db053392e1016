import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { BroughtBack, Removal } from '../../src/domain/outcome.ts'
import { bringBack } from '../../src/host/bring-back.ts'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { finishRemovals } from '../../src/host/finish-removals.ts'
import { inspectWorktree } from '../../src/host/inspect-work.ts'
import { Journal } from '../../src/host/journal.ts'
import type { RemovalTools } from '../../src/host/removal-tools.ts'
import { removeWorktree } from '../../src/host/remove-worktree.ts'
import { removalsIn } from '../../src/host/run-changes.ts'
import { Trash } from '../../src/host/trash.ts'
import type { Sandbox } from './sandbox.ts'
import { useSandbox } from './use-sandbox.ts'

export const RUN = '20261120T060000Z-4f2a'
export const UNDO = '20261121T060000Z-0001'

/** One worktree, dev/7 of charles/peon, and what removes it and brings it back. */
export class RemovalScene {
  readonly sandbox: Sandbox
  readonly clone: string
  readonly path: string
  /** The worktree's admin directory. */
  readonly admin: string
  readonly tools: RemovalTools

  private constructor(sandbox: Sandbox, clone: string, path: string, tools: RemovalTools) {
    this.sandbox = sandbox
    this.clone = clone
    this.path = path
    this.admin = join(clone, '.git/worktrees/charles__peon__dev%2F7')
    this.tools = tools
  }

  static async create(t: TestContext, files?: Readonly<Record<string, string>>): Promise<RemovalScene> {
    const sandbox = await useSandbox(t)
    const clone = sandbox.addClone('charles/peon', files)
    const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
    const root = new CacheRoot(sandbox.cacheDir)
    t.after(() => root.close())
    mkdirSync(join(sandbox.stateDir, 'sweeper'))
    const journal = new Journal(join(sandbox.stateDir, 'sweeper/journal'))
    const tools = { root, trash: new Trash(root), journal, now: () => 0, maxRescueBytes: 256e6 }
    return new RemovalScene(sandbox, clone, path, tools)
  }

  /** Runs git in the worktree. */
  readonly git = (...args: string[]): string => this.sandbox.git(this.path, ...args)

  inspect() {
    return inspectWorktree(this.tools.root, this.path, this.tools.maxRescueBytes)
  }

  /** Removes the worktree, whatever it holds. */
  async remove(): Promise<Removal> {
    const job = { run: RUN, slot: `${RUN}.1`, path: this.path, reason: 'closed' }
    const removal = await removeWorktree(this.tools, job)
    if (!('rest' in removal)) return removal
    const endings = await finishRemovals(this.tools, RUN, [removal.rest])
    const ending = endings.get(removal.rest)
    return ending?.kind === 'failed' ? ending : removal
  }

  undo(): Promise<BroughtBack> {
    const [removed] = removalsIn(this.tools.journal.read(RUN))
    if (removed === undefined) throw new Error('Nothing was removed')
    return bringBack(this.tools, { run: UNDO, slot: `${UNDO}.1`, ...removed })
  }

  get journalled(): string[] {
    return this.tools.journal.read(RUN).map(({ type }) => type)
  }
}
