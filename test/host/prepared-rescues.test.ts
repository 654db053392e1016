import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RemovalScene } from '../support/removal-scene.ts'
import { contents } from '../support/tree.ts'

const FILES = { 'a.txt': 'one\n', 'b.txt': 'two\n', 'c.txt': 'three\n' }

/** Work of every kind, as an agent leaves it. */
function makeWork({ git, path }: RemovalScene): void {
  writeFileSync(join(path, 'a.txt'), 'committed\n')
  git('commit', '-q', '-a', '-m', 'work')
  writeFileSync(join(path, 'b.txt'), 'staged\n')
  git('add', 'b.txt')
  writeFileSync(join(path, 'notes.txt'), 'untracked\n')
}

test('a look into a worktree leaves its clone, and itself, as they are', async (t) => {
  const scene = await RemovalScene.create(t, FILES)
  makeWork(scene)
  const before = contents(scene.sandbox.cacheDir)
  const work = await scene.prepare()
  assert.equal(work.known && work.value.obstacle, null)
  assert.deepEqual(contents(scene.sandbox.cacheDir), before)
})

/** What somebody does between the look and the move. */
const CHANGES: Readonly<Record<string, (scene: RemovalScene) => void>> = {
  nothing: () => {},
  'a tracked file, at the same size': ({ path }) => writeFileSync(join(path, 'c.txt'), 'THREE\n'),
  'a file that was saved, at the same size': ({ path }) =>
    writeFileSync(join(path, 'notes.txt'), 'UNTRACKED\n'),
  'a new file': ({ path }) => writeFileSync(join(path, 'more.txt'), 'more\n'),
  'a new ignored file': ({ path }) => writeFileSync(join(path, '.env'), 'KEY=1\n'),
  'a file that went': ({ path }) => rmSync(join(path, 'c.txt')),
  'a mode': ({ path }) => chmodSync(join(path, 'c.txt'), 0o755),
  "the directory's own mode": ({ path }) => chmodSync(path, 0o700),
  'the index': ({ git }) => void git('add', 'notes.txt'),
  'a commit': ({ git }) => void git('commit', '-q', '-a', '-m', 'more'),
  'the branch, from its clone': ({ sandbox, clone, git }) => {
    const commit = git('commit-tree', 'HEAD^{tree}', '-p', 'HEAD', '-m', 'pushed from elsewhere').trim()
    sandbox.git(clone, 'update-ref', 'refs/heads/dev/7', commit)
  }
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`between the look and the move: ${what}. All of it comes back`, async (t) => {
    const scene = await RemovalScene.create(t, FILES)
    makeWork(scene)
    await scene.prepare()
    change(scene)
    const state = () => [
      contents(scene.path),
      scene.git('rev-parse', 'HEAD'),
      scene.git('status', '--porcelain')
    ]
    const before = state()
    assert.equal((await scene.removePrepared()).kind, 'removed')
    assert.deepEqual(await scene.undo(), { kind: 'back' })
    assert.deepEqual(state(), before)
  })
}

test('a commit that a remote had at the look, and none has at the move, is rescued', async (t) => {
  const scene = await RemovalScene.create(t, FILES)
  const { git, path, sandbox, clone } = scene
  appendFileSync(join(path, 'a.txt'), 'pushed\n')
  git('commit', '-q', '-a', '-m', 'pushed')
  const pushed = git('rev-parse', 'HEAD').trim()
  git('push', '-q', 'origin', 'HEAD:topic')
  // From now on the reflog alone knows it.
  git('reset', '-q', '--hard', 'origin/main')
  const work = await scene.prepare()
  assert.equal(work.known && work.value.holds, null)
  sandbox.git(clone, 'push', '-q', 'origin', ':topic')
  const removal = await scene.removePrepared()
  assert.match(String('holds' in removal && removal.holds), /a commit that no remote has/)
  sandbox.git(clone, 'gc', '-q', '--prune=now')
  assert.equal(sandbox.git(clone, 'cat-file', '-t', pushed).trim(), 'commit')
})

test('what nobody looked into is saved once it was moved aside', async (t) => {
  const scene = await RemovalScene.create(t, FILES)
  makeWork(scene)
  const before = contents(scene.path)
  assert.equal((await scene.removePrepared()).kind, 'removed')
  assert.deepEqual(await scene.undo(), { kind: 'back' })
  assert.deepEqual(contents(scene.path), before)
})
