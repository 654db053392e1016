import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { bringCloneBack } from '../../src/host/bring-clone-back.ts'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { expireRuns } from '../../src/host/expire.ts'
import { inspectClone } from '../../src/host/inspect-clone.ts'
import { Journal } from '../../src/host/journal.ts'
import type { CloneIntent } from '../../src/host/journal-records.ts'
import { recover } from '../../src/host/recover.ts'
import type { RemovalTools } from '../../src/host/removal-tools.ts'
import { clonesIn, readRun, waitingClones } from '../../src/host/run-changes.ts'
import { setCloneAside } from '../../src/host/set-clone-aside.ts'
import { Trash } from '../../src/host/trash.ts'
import { RUN, UNDO } from '../support/removal-scene.ts'
import { contents } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const HOME = { repo: { owner: 'charles', name: 'gone' }, host: 'forgejo.test' }
const SLOT = `${RUN}.1`

async function useClone(t: TestContext) {
  const sandbox = await useSandbox(t)
  const path = sandbox.addClone('charles/gone')
  const root = new CacheRoot(sandbox.cacheDir)
  t.after(() => root.close())
  mkdirSync(join(sandbox.stateDir, 'sweeper'))
  const journal = new Journal(join(sandbox.stateDir, 'sweeper/journal'))
  const tools: RemovalTools = { root, trash: new Trash(root), journal, now: () => 0, maxRescueBytes: 256e6 }
  const slot = join(sandbox.cacheDir, 'sweeper-trash', SLOT)
  return {
    ...{ sandbox, path, tools, journal, slot, before: contents(path) },
    aside: (recheck: (path: string) => Promise<string | null> = async () => null) =>
      setCloneAside(tools, { run: RUN, slot: SLOT, path, reason: 'not-found', bytes: 1, recheck }),
    undo() {
      const [intent] = clonesIn(journal.read(RUN))
      assert.ok(intent)
      return bringCloneBack(tools, UNDO, `${UNDO}.1`, intent)
    },
    steps: () => journal.read(RUN).map(({ type }) => type)
  }
}

/** The journal and the trash as a kill left them, right before the move's n-th step. */
async function cutOff(t: TestContext, step: 'journalled' | 'created' | 'moved') {
  const scene = await useClone(t)
  const { dev, ino } = lstatSync(scene.path)
  const intent: CloneIntent = {
    ...{ type: 'set-clone-aside', at: '', slot: SLOT, path: scene.path, reason: 'not-found', bytes: 1 },
    identity: { dev, ino }
  }
  scene.journal.append(RUN, intent)
  if (step !== 'journalled') scene.tools.trash.create(SLOT)
  if (step === 'moved') renameSync(scene.path, join(scene.slot, 'clone'))
  return scene
}

for (const step of ['journalled', 'created', 'moved'] as const) {
  test(`a move cut off when it was ${step} is taken back`, async (t) => {
    const { path, tools, before, slot, journal } = await cutOff(t, step)
    const outcomes = (await recover(tools)).map(({ how }) => how)
    assert.deepEqual(outcomes, step === 'journalled' ? [] : ['restored'])
    assert.deepEqual(contents(path), before)
    assert.ok(!existsSync(slot))
    assert.deepEqual(await recover(tools), [])
    assert.deepEqual(readRun(journal, RUN)?.changes, [])
  })
}

test('a move cut off whose place is taken by now is finished: both are kept', async (t) => {
  const { path, tools, before, slot, undo } = await cutOff(t, 'moved')
  mkdirSync(path)
  assert.deepEqual(
    (await recover(tools)).map(({ how }) => how),
    ['finished']
  )
  assert.deepEqual(contents(join(slot, 'clone')), before)
  assert.equal(undo().kind, 'left')
})

test('what waits in the trash is nothing to end; an undo that was cut off after its rename is', async (t) => {
  const { path, tools, aside, slot, before, undo, journal } = await useClone(t)
  assert.deepEqual(await aside(), { known: true, value: null })
  assert.deepEqual(await recover(tools), [])
  assert.deepEqual(waitingClones(journal), [{ run: RUN, path, bytes: 1 }])
  journal.append(UNDO, { type: 'undo-clone', at: '', slot: `${UNDO}.1`, of: SLOT, path })
  renameSync(join(slot, 'clone'), path)
  assert.deepEqual(
    (await recover(tools)).map(({ how }) => how),
    ['finished']
  )
  assert.ok(!existsSync(slot))
  assert.deepEqual(waitingClones(journal), [])
  assert.deepEqual(readRun(journal, UNDO)?.changes, [{ kind: 'brought-back', name: path, of: RUN }])
  assert.equal(undo().kind, 'already')
  assert.deepEqual(contents(path), before)
})

test('an expiry that was cut off is finished, and what is half deleted never comes back', async (t) => {
  const { path, tools, aside, slot, journal, steps } = await useClone(t)
  await aside()
  const [intent] = clonesIn(journal.read(RUN))
  assert.ok(intent)
  journal.append(RUN, { type: 'expired', at: '', slot: SLOT })
  assert.deepEqual(clonesIn(journal.read(RUN)), [])
  await recover(tools)
  assert.ok(!existsSync(slot))
  assert.equal(bringCloneBack(tools, UNDO, `${UNDO}.1`, intent).kind, 'failed')
  assert.ok(!existsSync(path))
  assert.deepEqual(waitingClones(journal), [])
  assert.deepEqual(steps(), ['set-clone-aside', 'set-aside', 'expired'])
})

test('with its run a clone expires; the journal goes last', async (t) => {
  const { tools, aside, journal, slot } = await useClone(t)
  await aside()
  assert.deepEqual(await expireRuns(journal, tools, () => false), [])
  assert.ok(existsSync(slot))
  assert.deepEqual(await expireRuns(journal, tools, () => true), [])
  assert.ok(!existsSync(slot))
  assert.deepEqual(journal.runs(), [])
})

test('who is in it right after the move gets it back', async (t) => {
  const { path, aside, before } = await useClone(t)
  const child = spawn('sleep', ['60'], { cwd: path, stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  await new Promise((resolve) => child.once('spawn', resolve))
  const user = await aside()
  assert.ok(user.known && user.value?.includes('sleep'), JSON.stringify(user))
  assert.deepEqual(contents(path), before)
})

test('a worktree made right before the move gets its clone back', async (t) => {
  const { sandbox, path, aside, slot } = await useClone(t)
  sandbox.addWorktree('dev', 'charles/gone', 'dev/7')
  const user = await aside()
  assert.ok(user.known && user.value?.startsWith('worktree '))
  assert.ok(existsSync(path))
  assert.ok(!existsSync(slot))
})

test('a trash that cannot be written leaves the clone where it is, and says why', async (t) => {
  const { sandbox, path, aside, before, slot } = await useClone(t)
  mkdirSync(join(slot, '..'), { recursive: true })
  writeFileSync(slot, '')
  const user = await aside()
  assert.ok(!user.known && user.why.includes('EEXIST'), JSON.stringify(user))
  assert.deepEqual(contents(path), before)
  assert.deepEqual(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')), [SLOT])
})

for (const [what, recheck] of [
  [
    'was made in it right before',
    async (moved: string) => {
      const work = await inspectClone(moved, HOME, 256e6)
      return work.known ? work.value.holds : work.why
    }
  ],
  [
    'cannot be looked at',
    async () => {
      throw new Error('no look')
    }
  ]
] as const) {
  test(`what ${what} once it is in the trash gives the clone back`, async (t) => {
    const { sandbox, path, aside, slot, journal } = await useClone(t)
    sandbox.git(path, 'remote', 'set-url', 'origin', 'https://forgejo.test/charles/gone')
    sandbox.dirty(path, 'untracked')
    const before = contents(path)
    let at = ''
    const found = await aside(async (moved) => {
      at = moved
      return recheck(moved)
    })
    assert.match(found.known ? (found.value ?? '') : found.why, /untracked file|^no look$/)
    assert.equal(at, join(slot, 'clone'))
    assert.deepEqual(contents(path), before)
    assert.ok(!existsSync(slot))
    assert.deepEqual(waitingClones(journal), [])
  })
}

test('what somebody took out of the trash by hand waits there no more', async (t) => {
  const { path, tools, aside, slot, journal } = await useClone(t)
  await aside()
  renameSync(join(slot, 'clone'), path)
  await recover(tools)
  assert.ok(!existsSync(slot))
  assert.deepEqual(waitingClones(journal), [])
})

test('a clone that was put back after all was written down is nothing that a run changed', async (t) => {
  const { path, tools, aside, journal, before } = await useClone(t)
  const append = journal.append.bind(journal)
  // As an input/output error when the record is flushed: the record may be there all the same.
  tools.journal.append = (run, ...records) => {
    append(run, ...records)
    if (records[0]?.type === 'set-aside') throw new Error('EIO')
  }
  assert.equal((await aside()).known, false)
  assert.deepEqual(contents(path), before)
  assert.deepEqual(readRun(journal, RUN)?.changes, [])
  assert.deepEqual(waitingClones(journal), [])
})
