import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { FaultScene } from '../support/fault-scene.ts'
import { FaultTable } from '../support/fault-table.ts'
import { shiftClock } from '../support/preload.ts'
import { sweep } from '../support/run-command.ts'

const table = new FaultTable('Clock')

const ROWS: readonly (readonly [fault: string, expected: string, shiftMs: () => number])[] = [
  // By such a clock the session is past its age, and so is not asked about; the worktree waits for it.
  ['40 days ahead', 'kept all, exit 1', () => 40 * DAY],
  ['40 days behind', 'swept session and worktree, exit 1', () => -40 * DAY],
  ['at 1970', 'swept session and worktree, exit 1', () => -Date.now()]
]

describe('whatever the clock says, nothing goes by age that Forgejo contradicts', { concurrency: 2 }, () => {
  for (const [fault, expected, shiftMs] of ROWS) {
    test(fault, async (t) => {
      const scene = await FaultScene.create()
      const { sandbox } = scene
      t.after(() => sandbox.remove())
      const updatedAt = new Date().toISOString()
      sandbox.addSession('dev:charles/peon:7', { id: 'closed', updatedAt })
      sandbox.addSession('boss:charles/peon:9', { id: 'open', updatedAt })
      sandbox.forgejo.add('charles/peon', [{ number: 9, state: 'open' }])
      scene.arm()
      const { code, stderr } = await sweep(sandbox, [], shiftClock(shiftMs()))
      const { done, lost } = scene.look()
      table.add({ fault, done: `${done}, exit ${code}`, expected, lost })
      assert.match(stderr, /CLOCK_SKEW/)
    })
  }
})
