import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { ALL_FAULTS, CHANGING, type Fault, noFaults, runWithFault } from '../support/inject-fault.ts'
import { BIN, report, sweep } from '../support/run-command.ts'
import { Sandbox } from '../support/sandbox.ts'
import { contents } from '../support/tree.ts'

let sandbox: Sandbox
let path: string
let files: Record<string, string>
let status: string
let store: unknown
let run: string

const storeNow = (): unknown => JSON.parse(readFileSync(sandbox.store, 'utf8'))
const statusNow = (): string => sandbox.git(path, 'status', '--porcelain=v2', '--branch')

before(async () => {
  sandbox = await Sandbox.create()
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  sandbox.addSession('dev:charles/peon:7')
  path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', {
    dirty: 'commit',
    files: { '.env': 'KEY=1\n' }
  })
  sandbox.dirty(path, 'staged')
  sandbox.dirty(path, 'untracked')
  files = contents(path)
  status = statusNow()
  store = storeNow()
  run = (await report(sandbox)).report.run
  execFileSync('cp', ['-a', sandbox.cacheDir, sandbox.stateDir, join(sandbox.path, 'seeds')])
})

after(() => sandbox.remove())

/** Everything as it was after the pass that is undone. */
function reset(): void {
  execFileSync('rm', ['-rf', sandbox.cacheDir, sandbox.stateDir])
  const saved = ['cache', 'state'].map((name) => join(sandbox.path, 'seeds', name))
  execFileSync('cp', ['-a', ...saved, sandbox.path])
}

/** After the next pass, which ends what was cut off, and the same undo once more, all is back. */
async function assertBack(at: string): Promise<void> {
  const { report: result } = await report(sandbox)
  assert.deepEqual(result.errors, [], at)
  const { code, stdout, stderr } = await sweep(sandbox, ['undo', run])
  assert.equal(code, 0, `${at}: ${stdout}${stderr}`)
  assert.deepEqual(contents(path), files, at)
  assert.equal(statusNow(), status, at)
  assert.deepEqual(storeNow(), store, at)
  assert.deepEqual(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')), [], at)
}

type Row = readonly [name: string, calls: readonly string[], fault: string, options: () => string[]]

/** The suite takes the renames, by which all takes its place, and the flush of where the worktree stands then. */
const FAULTS: readonly Row[] = ALL_FAULTS
  ? [
      ['killed', CHANGING, 'signal=KILL', () => []],
      ['input/output error', ['rename', 'fsync'], 'error=EIO', () => []]
    ]
  : [
      ['killed', ['rename'], 'signal=KILL', () => []],
      ['input/output error', ['fsync'], 'error=EIO', () => ['-P', dirname(path)]]
    ]

for (const [name, calls, fault, options] of FAULTS) {
  test(`an undo, ${name} at each step, can be repeated: all comes back`, { skip: noFaults }, async (t) => {
    let points = 0
    const injected = (point: Fault) => {
      reset()
      return runWithFault(sandbox, [BIN, 'undo', run], point, sandbox.env)
    }
    for (const call of calls) {
      for (let n = 1; injected({ call, n, fault, options: options() }); n += 1) {
        points += 1
        await assertBack(`${fault} at ${call} ${n}`)
      }
    }
    assert.ok(points > 0)
    t.diagnostic(`${name}: ${points} points; the next pass and the same undo brought all back; lost: 0`)
  })
}
