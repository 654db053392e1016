import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bringCloneBack } from '../../src/host/bring-clone-back.ts'
import { clonesIn } from '../../src/host/run-changes.ts'
import { ALL_FAULTS, CHANGING, noFaults, runWithFault } from '../support/inject-fault.ts'
import { BIN, sweep } from '../support/run-command.ts'
import { Sandbox } from '../support/sandbox.ts'
import { runScriptedClone } from '../support/scripted-clone.ts'
import { openScripted } from '../support/scripted-pass.ts'
import { contents } from '../support/tree.ts'

const SCRIPT = fileURLToPath(new URL('../support/scripted-clone.js', import.meta.url))
const RUNS = ['20261120T060000Z-0001', '20261120T060000Z-0002', '20261120T060000Z-0003'] as const

let sandbox: Sandbox
let files: Record<string, string>
let pass: { stateDir: string; cacheDir: string; path: string }

before(async () => {
  sandbox = await Sandbox.create()
  const path = sandbox.addClone('charles/gone')
  sandbox.addSession('boss:charles/peon:4')
  files = contents(path)
  pass = { stateDir: sandbox.stateDir, cacheDir: sandbox.cacheDir, path }
  sandbox.save()
})

after(() => sandbox.remove())

type Kind = readonly [name: string, fault: string, calls: readonly string[]]

/** The suite takes the renames, by which all takes its place, and what is flushed between them. */
const KINDS: readonly Kind[] = ALL_FAULTS
  ? [
      ['killed', 'signal=KILL', CHANGING],
      ['input/output error', 'error=EIO', ['rename', 'fsync']]
    ]
  : [['killed', 'signal=KILL', ['rename', 'fsync']]]

/** Cuts one command off at every point of each kind of call. */
async function tryAll(
  args: readonly string[],
  [name, fault, calls]: Kind,
  prepare: () => Promise<void>,
  check: (at: string) => Promise<void>
): Promise<number> {
  let points = 0
  for (const call of calls) {
    for (let n = 1; ; n += 1) {
      sandbox.restore()
      await prepare()
      if (!runWithFault(sandbox, args, { call, n, fault }, { ...process.env, ...sandbox.env })) break
      points += 1
      await check(`${name} at ${call} ${n}`)
    }
  }
  assert.ok(points > 0)
  return points
}

const script = (run: string, expire: boolean) => [SCRIPT, JSON.stringify({ ...pass, run, expire })]
const trash = () => (existsSync(trashPath()) ? readdirSync(trashPath()) : [])
const trashPath = () => join(sandbox.cacheDir, 'sweeper-trash')

for (const kind of KINDS) {
  test(`a move aside, ${kind[0]} at each step: the next pass ends it, undo gives all back`, {
    skip: noFaults
  }, async (t) => {
    const points = await tryAll(
      script(RUNS[0], false),
      kind,
      async () => {},
      async (at) => {
        await runScriptedClone({ ...pass, run: RUNS[1], expire: false })
        assert.equal(existsSync(pass.path), false, at)
        assert.equal(trash().length, 1, at)
        const { root, tools, journal } = openScripted({ ...pass, run: RUNS[2], key: '' })
        const moved = RUNS.flatMap((run) => clonesIn(journal.read(run)))
        const waiting = moved.find(({ slot }) => trash().includes(slot))
        assert.ok(waiting, at)
        assert.deepEqual(bringCloneBack(tools, RUNS[2], `${RUNS[2]}.1`, waiting), { kind: 'back' }, at)
        root.close()
        assert.deepEqual(contents(pass.path), files, at)
        assert.deepEqual(trash(), [], at)
      }
    )
    t.diagnostic(`${kind[0]}: ${points} points; lost: 0`)
  })

  test(`an undo of a move, ${kind[0]} at each step, can be repeated`, { skip: noFaults }, async (t) => {
    const points = await tryAll(
      [BIN, 'undo', RUNS[0]],
      kind,
      () => runScriptedClone({ ...pass, run: RUNS[0], expire: false }),
      async (at) => {
        const { code, stdout, stderr } = await sweep(sandbox, ['undo', RUNS[0]])
        assert.equal(code, 0, `${at}: ${stdout}${stderr}`)
        assert.deepEqual(contents(pass.path), files, at)
        assert.deepEqual(trash(), [], at)
      }
    )
    t.diagnostic(`${kind[0]}: ${points} points; lost: 0`)
  })

  test(`an expiry, ${kind[0]} at each step: the next one ends it`, { skip: noFaults }, async (t) => {
    const points = await tryAll(
      script(RUNS[1], true),
      kind,
      () => runScriptedClone({ ...pass, run: RUNS[0], expire: false }),
      async (at) => {
        await runScriptedClone({ ...pass, run: RUNS[2], expire: true })
        assert.equal(existsSync(pass.path), false, at)
        assert.deepEqual(trash(), [], at)
        assert.deepEqual(readdirSync(join(sandbox.stateDir, 'sweeper/journal')), [], at)
      }
    )
    t.diagnostic(`${kind[0]}: ${points} points`)
  })
}
