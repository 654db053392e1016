import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { asNobody, nobodyIsMissing } from '../support/as-nobody.ts'
import { FaultScene } from '../support/fault-scene.ts'
import { FaultTable } from '../support/fault-table.ts'
import { notePeak, peakMb } from '../support/preload.ts'
import { type Outcome, start } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'

const CLOSED = '"dev:charles/peon:7"'
const ALL = 'swept session and worktree, exit 0'
const CORRUPT = 'kept all, exit 65'
const WRONG = 'kept all, exit 78'
const NESTED = `{${CLOSED}: "id", "boss:charles/peon:1": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`

/** Does something to the state directory; returns what runs the command then: see `start`. */
type Harm = (sandbox: Sandbox) => readonly string[]

const none: Harm = () => []

const put =
  (text: string | Buffer): Harm =>
  ({ store }) => {
    writeFileSync(store, text)
    return []
  }

const link: Harm = ({ store }) => {
  renameSync(store, `${store}.real`)
  symlinkSync('sessions.json.real', store)
  return []
}

const directory: Harm = ({ store }) => {
  rmSync(store)
  mkdirSync(store)
  return []
}

const sparse: Harm = ({ store }) => {
  truncateSync(store, 2 ** 30)
  return []
}

const unreadable: Harm = (sandbox) => {
  chmodSync(sandbox.store, 0)
  return asNobody(sandbox)
}

const readOnly: Harm = (sandbox) => {
  chmodSync(sandbox.stateDir, 0o555)
  return asNobody(sandbox)
}

/** The sweeper's own directory can be written, the store's cannot. */
const frozen: Harm = (sandbox) => {
  mkdirSync(join(sandbox.stateDir, 'sweeper'))
  return readOnly(sandbox)
}

const ROWS: readonly (readonly [fault: string, expected: string, Harm])[] = [
  ['none', ALL, none],
  ['a key that stands twice', ALL, put(`{${CLOSED}:"a","boss:charles/peon:1":"b",${CLOSED}:"c"}`)],
  [
    '__proto__ and constructor',
    'swept session and worktree, exit 1',
    put(`{"__proto__":{"x":1},${CLOSED}:"a","constructor":"b"}`)
  ],
  ['a value 100,000 levels deep', CORRUPT, put(NESTED)],
  ['1 GB, sparse', CORRUPT, sparse],
  ['invalid UTF-8', CORRUPT, put(Buffer.from(`{${CLOSED}:"\xff"}`, 'latin1'))],
  ['a byte order mark', CORRUPT, put(`\ufeff{${CLOSED}:"a"}`)],
  ['cut off', CORRUPT, put(`{${CLOSED}:"a"`)],
  ['empty', CORRUPT, put('')],
  ['null', CORRUPT, put('null')],
  ['an array', CORRUPT, put(`[${CLOSED}]`)],
  ['a link to it', ALL, link],
  ['a directory in its place', WRONG, directory]
]

const MODES: readonly (readonly [...(typeof ROWS)[number], says: RegExp])[] = [
  ['unreadable', WRONG, unreadable, /sessions\.json cannot be used \(EACCES: permission denied\)/],
  ['a read-only state directory', WRONG, readOnly, /sweeper cannot be used \(EACCES: permission denied\)/],
  ['a store that cannot be replaced', 'swept worktree, exit 1', frozen, /No session was dropped: EACCES/]
]

const table = new FaultTable('Store')

/** Three of them of the closed issue, the others as odd as they may be written. */
const ENTRIES = Array.from({ length: 100_000 }, (_, at) => {
  const number = [0, 50_000, 99_999].includes(at) ? 7 : 1
  return `"${at === 50_000 ? 'dev' : `a${at}`}:charles/peon:${number}" : {"sessionId":"\\u00e9-${at}","n":1.0,"big":${2n ** 70n}}`
})

const storeOf = (entries: readonly string[]): string => `{\n\t${entries.join(',\n\t')}}\n`

/** Runs a pass over a store that something was done to; tells what it held at most, in megabytes. */
async function meet(
  t: TestContext,
  fault: string,
  expected: string,
  harm: Harm
): Promise<{ sandbox: Sandbox; outcome: Outcome; peak: number }> {
  const scene = await FaultScene.create()
  const { sandbox } = scene
  t.after(() => sandbox.remove())
  const via = harm(sandbox)
  scene.arm()
  const outcome = await start([], { ...sandbox.env, ...notePeak(sandbox) }, via).ended
  const { done, lost } = scene.look()
  table.add({ fault, done: `${done}, exit ${outcome.code}`, expected, lost })
  assert.doesNotMatch(outcome.stderr, /\n +at /)
  return { sandbox, outcome, peak: peakMb(sandbox) }
}

describe('whatever the store is like, nothing of it is lost', { concurrency: 2 }, () => {
  for (const [fault, expected, harm] of ROWS) {
    test(fault, async (t) => {
      const { peak, sandbox } = await meet(t, fault, expected, harm)
      assert.ok(peak < 200, `it held ${peak} MB`)
      assert.equal(lstatSync(sandbox.store).isSymbolicLink(), harm === link)
    })
  }

  for (const [fault, expected, harm, says] of MODES) {
    test(fault, { skip: nobodyIsMissing() }, async (t) => {
      const { outcome } = await meet(t, fault, expected, harm)
      assert.match(outcome.stderr, says)
    })
  }

  test('100,000 entries', async (t) => {
    const row = await meet(t, '100,000 entries', ALL, put(storeOf(ENTRIES)))
    const kept = ENTRIES.filter((entry) => !/^"\w+:charles\/peon:7"/.test(entry))
    assert.equal(kept.length, ENTRIES.length - 3)
    assert.equal(readFileSync(row.sandbox.store, 'utf8'), storeOf(kept))
    assert.ok(row.peak < 700, `it held ${row.peak} MB`)
  })
})
