import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bringBack } from '../../src/host/bring-back.ts'
import { removalsIn } from '../../src/host/run-changes.ts'
import { restoreEntries } from '../../src/host/store.ts'
import { ALL_FAULTS, CHANGING, noFaults, runWithFault } from '../support/inject-fault.ts'
import { Sandbox } from '../support/sandbox.ts'
import { openScripted, runScripted, type ScriptedPass } from '../support/scripted-pass.ts'
import { contents } from '../support/tree.ts'

const SCRIPT = fileURLToPath(new URL('../support/scripted-pass.js', import.meta.url))
const KEY = 'dev:charles/peon:7'
const RUNS = ['20261120T060000Z-0001', '20261120T060000Z-0002', '20261120T060000Z-0003'] as const

let sandbox: Sandbox
let pass: ScriptedPass
let worktree: Record<string, string>
let store: string
let entry: string

before(async () => {
  sandbox = await Sandbox.create()
  sandbox.addClone('charles/peon')
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', {
    dirty: 'commit',
    files: { '.env': 'KEY=1\n' }
  })
  sandbox.dirty(path, 'staged')
  sandbox.dirty(path, 'untracked')
  sandbox.addSession('boss:charles/peon:4')
  sandbox.addSession(KEY)
  pass = { stateDir: sandbox.stateDir, cacheDir: sandbox.cacheDir, path, key: KEY, run: RUNS[0] }
  worktree = contents(path)
  store = readFileSync(sandbox.store, 'utf8')
  entry = JSON.stringify(JSON.parse(store)[KEY])
  sandbox.save()
})

after(() => sandbox.remove())

/** The files that the pass writes by itself. */
const WRITTEN = [
  `state/sweeper/journal/${RUNS[0]}.ndjson`,
  `state/.sessions.json.${RUNS[0]}.tmp`,
  'state/sweeper/ledger.json.tmp',
  `cache/sweeper-trash/${RUNS[0]}.1/lock`
]

/** Node wakes its own threads by writes, too: no disk is full for these. */
const pathsOf = (call: string, fault: string): string[] =>
  call === 'write' && fault.startsWith('error')
    ? WRITTEN.flatMap((name) => ['-P', join(sandbox.path, name)])
    : []

/** One more pass, then an undo of all that the passes took: nothing may be lost. */
async function assertNothingLost(at: string): Promise<void> {
  await runScripted({ ...pass, run: RUNS[1] })
  assert.equal(existsSync(pass.path), false, `${at}: the next pass removes it`)
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(sandbox.store, 'utf8'))), ['boss:charles/peon:4'], at)
  const { root, tools, journal, paths } = openScripted(pass)
  try {
    assert.deepEqual(tools.trash.list(), [], `${at}: the trash is empty`)
    const removals = RUNS.flatMap((run) => removalsIn(journal.read(run)))
    assert.equal(removals.length, 1, at)
    for (const removal of removals) {
      const outcome = await bringBack(tools, { run: RUNS[2], slot: `${RUNS[2]}.1`, ...removal })
      assert.deepEqual(outcome, { kind: 'back' }, at)
    }
    restoreEntries(paths.store, [{ key: KEY, text: entry }], RUNS[2])
  } finally {
    root.close()
  }
  assert.deepEqual(contents(pass.path), worktree, at)
  assert.deepEqual(JSON.parse(readFileSync(sandbox.store, 'utf8')), JSON.parse(store), at)
  assert.match(sandbox.git(pass.path, 'status', '--porcelain'), /^M {2}README\.md\n\?\? notes\.txt\n$/, at)
}

/** The suite takes every eightieth of each kind. */
const STEP = ALL_FAULTS ? 1 : 80

/** Goes through the points of a kind of call, until the pass makes no more of them. */
async function tryAll(calls: readonly string[], fault: string, ...options: string[]): Promise<number> {
  let points = 0
  for (const call of calls) {
    for (let n = 1; ; n += STEP) {
      sandbox.restore()
      const paths = pathsOf(call, fault)
      const injected = runWithFault(sandbox, [SCRIPT, JSON.stringify(pass)], {
        call,
        n,
        fault,
        options: [...options, ...paths]
      })
      if (!injected) break
      points += 1
      await assertNothingLost(`${fault} at ${call} ${n}`)
    }
  }
  assert.ok(points > 0)
  return points
}

const FAULTS: readonly (readonly [string, readonly string[], string, ...string[]])[] = [
  ['killed', CHANGING, 'signal=KILL'],
  ['its rm killed', ['unlinkat'], 'signal=KILL', '-f'],
  ['disk full', ['mkdir', 'write'], 'error=ENOSPC'],
  ['read-only', ['rename', 'link', 'mkdir', 'unlink', 'rmdir'], 'error=EROFS'],
  ['input/output error', ['rename', 'fsync'], 'error=EIO']
]

for (const [name, calls, fault, ...options] of FAULTS) {
  test(`a pass, ${name} at each ${calls.join(', ')}: nothing is lost`, { skip: noFaults }, async (t) => {
    const points = await tryAll(calls, fault, ...options)
    t.diagnostic(`${name}: ${points} points; the next pass finished, undo gave back every byte; lost: 0`)
  })
}
