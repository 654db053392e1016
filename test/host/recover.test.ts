import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JournalRecord, RemovalIntent } from '../../src/host/journal-records.ts'
import { recover } from '../../src/host/recover.ts'
import { removalsIn } from '../../src/host/run-changes.ts'
import { RemovalScene, RUN, UNDO } from '../support/removal-scene.ts'
import { contents } from '../support/tree.ts'

const SLOT = `${RUN}.1`
const trashOf = ({ sandbox }: RemovalScene) => join(sandbox.cacheDir, 'sweeper-trash')

const intentOf = ({ tools }: RemovalScene, run: string): RemovalIntent => {
  const [intent] = tools.journal.read(run)
  if (intent?.type !== 'remove') throw new Error('There is no intent')
  return intent
}

/** Takes the end of a removal back: as if it had been killed when all but the slot itself was gone. */
function forgetEnd(scene: RemovalScene): void {
  const records = scene.tools.journal.read(RUN).filter(({ type }) => type !== 'done')
  scene.tools.journal.remove(RUN)
  for (const record of records) scene.tools.journal.append(RUN, record)
  mkdirSync(join(trashOf(scene), SLOT))
}

test('a removal that was killed last thing is ended, though a newer worktree has its inode', async (t) => {
  const scene = await RemovalScene.create(t)
  assert.equal((await scene.remove()).kind, 'removed')
  forgetEnd(scene)
  mkdirSync(scene.path)
  const { dev, ino } = scene.tools.root.directory.open('worktrees', 'dev').stat('charles__peon__dev%2F7')
  const records = scene.tools.journal.read(RUN)
  const reused = records.map(
    (record): JournalRecord => (record.type === 'remove' ? { ...record, identity: { dev, ino } } : record)
  )
  scene.tools.journal.remove(RUN)
  for (const record of reused) scene.tools.journal.append(RUN, record)
  assert.deepEqual(
    (await recover(scene.tools)).map(({ how }) => how),
    ['finished']
  )
  assert.equal(removalsIn(scene.tools.journal.read(RUN)).length, 1, 'it can still be undone')
})

test('what is left of a removal stays while its rescue is gone from its clone', async (t) => {
  const scene = await RemovalScene.create(t)
  writeFileSync(join(scene.path, 'new.txt'), 'the only copy')
  const before = contents(scene.path)
  // Killed between the move of the admin directory and the first deletion.
  const { append } = scene.tools.journal
  scene.tools.journal.append = function (run, record) {
    if (record.type === 'decided') throw new Error('killed')
    append.call(this, run, record)
  }
  assert.equal((await scene.remove()).kind, 'failed')
  scene.tools.journal.append = append
  const rescued = scene.tools.journal.read(RUN).find(({ type }) => type === 'rescued')
  assert.ok(rescued?.type === 'rescued')
  scene.sandbox.git(scene.clone, 'update-ref', '-d', rescued.ref)
  const [result] = await recover(scene.tools)
  assert.match(
    result?.why ?? '',
    /its rescue is gone from .*: see what you need of .*worktree, then delete that/
  )
  assert.deepEqual(contents(join(trashOf(scene), SLOT, 'worktree')), before)
})

test('an undo that was killed while it was taken back is taken back, not called done', async (t) => {
  const scene = await RemovalScene.create(t)
  assert.equal((await scene.remove()).kind, 'removed')
  const { registration, path } = intentOf(scene, RUN)
  const slot = `${UNDO}.1`
  const at = '2026-11-21T06:00:00Z'
  const [removed] = removalsIn(scene.tools.journal.read(RUN))
  const branch = removed?.rescued.branch ?? null
  scene.tools.journal.append(UNDO, { type: 'undo', at, slot, of: SLOT, path, registration, branch })
  scene.tools.journal.append(UNDO, { type: 'made', at, slot })
  scene.tools.journal.append(UNDO, { type: 'withdrawing', at, slot })
  scene.tools.trash.create(slot)
  mkdirSync(scene.tools.trash.pathOf(slot, 'admin'))
  assert.deepEqual(
    (await recover(scene.tools)).map(({ how }) => how),
    ['withdrawn']
  )
  assert.deepEqual(readdirSync(trashOf(scene)), [])
  assert.equal(scene.sandbox.git(scene.clone, 'branch', '--list', 'dev/7'), '')
  assert.equal((await scene.undo()).kind, 'back')
})

for (const [name, spoil, expected] of [
  [
    'is still registered there',
    ({ clone, path, sandbox }: RemovalScene) => {
      sandbox.git(clone, 'worktree', 'add', '-q', '-b', 'newer', path)
      rmSync(path, { recursive: true })
    },
    /is still registered there as .*: run git worktree prune/
  ],
  [
    'cannot have its branch',
    ({ clone, sandbox }: RemovalScene) => sandbox.git(clone, 'branch', 'dev/7/sub', 'main'),
    /its branch dev\/7 cannot be made again/
  ]
] as const) {
  test(`an undo leaves what ${name}, and changes nothing`, async (t) => {
    const scene = await RemovalScene.create(t)
    assert.equal((await scene.remove()).kind, 'removed')
    spoil(scene)
    const before = contents(scene.sandbox.cacheDir)
    const undone = await scene.undo()
    assert.equal(undone.kind, 'left')
    assert.match('why' in undone ? undone.why : '', expected)
    assert.deepEqual(contents(scene.sandbox.cacheDir), before)
  })
}
