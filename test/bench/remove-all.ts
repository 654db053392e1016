import { readFileSync } from 'node:fs'
import { wireWriters } from '../../src/cli/wiring-writers.ts'
import { inLanes } from '../../src/domain/in-lanes.ts'
import type { Worktree } from '../../src/domain/state.ts'
import { inspectWorktree } from '../../src/host/inspect-work.ts'
import { openScripted } from '../support/scripted-pass.ts'
import type { ManyWorktrees } from './many-worktrees.ts'

/** Run by itself, with the path of a list of worktrees: removes them as a pass does once it is decided; tells the time. */
const CLOSED = { action: 'remove', reason: 'closed', evidence: {} } as const

const [list = ''] = process.argv.slice(2)
const { stateDir, cacheDir, worktrees } = JSON.parse(readFileSync(list, 'utf8')) as ManyWorktrees
const { ground, root } = openScripted({ stateDir, cacheDir, path: '', key: '', run: '' })
const writers = wireWriters(
  ground,
  `20261120T060000Z-${process.pid.toString(16).padStart(4, '0').slice(-4)}`,
  () => {},
  () => false
)

const started = performance.now()
const works = await inLanes(
  worktrees,
  ({ path }) => path,
  2,
  ({ path }) => inspectWorktree(root, path, 256e6)
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
const endings = await writers.finishRemovals()
const ended = performance.now()
const failed = [...removals, ...endings.values()].find(({ kind }) => !['removed', 'deleted'].includes(kind))
if (failed !== undefined) throw new Error(JSON.stringify(failed))
process.stdout.write(JSON.stringify({ lookMs: looked - started, removeMs: ended - looked }))
