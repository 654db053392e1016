import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { wireWriters } from '../../src/cli/wiring-writers.ts'
import { inLanes } from '../../src/domain/in-lanes.ts'
import type { Worktree } from '../../src/domain/state.ts'
import { inspectWorktree } from '../../src/host/inspect-work.ts'
import { PreparedRescues } from '../../src/host/prepared-rescues.ts'
import type { Rescue } from '../../src/host/rescue.ts'
import { openScripted } from '../support/scripted-pass.ts'
import type { ManyWorktrees } from './many-worktrees.ts'

/** Run by itself, with the path of a list of worktrees: removes them as a pass does once it is decided; tells the time. */
const CLOSED = { action: 'remove', reason: 'closed', evidence: {} } as const

/** Says that each is saved already: what a removal costs besides. */
class NothingToSave extends PreparedRescues {
  override async adopt(path: string): Promise<Rescue> {
    const head = heads.get(path) ?? ''
    const modes = { umask: 0o22, others: {} }
    const record = { gitFiles: [], index: 'staged', modes, emptyDirectories: [] } as const
    return { commit: head, head, staged: head, record, holds: null, left: [], bytes: 0 }
  }
}

const [list = '', how = ''] = process.argv.slice(2)
const { stateDir, cacheDir, worktrees } = JSON.parse(readFileSync(list, 'utf8')) as ManyWorktrees
const { ground, root } = openScripted({ stateDir, cacheDir, path: '', key: '', run: '' })
const heads = new Map<string, string>()
const prepared = how === 'without-rescue' ? new NothingToSave() : new PreparedRescues()
const writers = wireWriters(
  ground,
  `20261120T060000Z-${process.pid.toString(16).padStart(4, '0').slice(-4)}`,
  () => {},
  prepared
)

if (how === 'without-rescue') {
  for (const { clone, path } of worktrees) {
    heads.set(
      path,
      execFileSync('git', ['-C', clone, 'rev-parse', 'origin/main'], { encoding: 'utf8' }).trim()
    )
  }
}
const started = performance.now()
const works = await inLanes(
  worktrees,
  ({ path }) => path,
  2,
  ({ path }) => inspectWorktree(root, path, 256e6, prepared)
)
const looked = performance.now()
const removals = await inLanes(
  worktrees,
  ({ clone }) => clone,
  2,
  async ({ path }, index) => {
    const work = works[index]
    if (work?.known !== true) throw new Error(`${path} was not looked into`)
    return writers.removeWorktree({ path } as Worktree, CLOSED, work.value)
  }
)
const endings = await writers.finishRemovals(() => false)
const ended = performance.now()
const failed = [...removals, ...endings.values()].find(({ kind }) => !['removed', 'deleted'].includes(kind))
if (failed !== undefined) throw new Error(JSON.stringify(failed))
process.stdout.write(JSON.stringify({ lookMs: looked - started, removeMs: ended - looked }))
