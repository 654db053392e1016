import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { recover } from '../../src/host/recover.ts'
import { hasCommand } from '../support/has-command.ts'
import { RemovalScene, RUN } from '../support/removal-scene.ts'
import { waitForProcess } from '../support/wait-for-process.ts'

const SLOT = `${RUN}.1`

type Scene = RemovalScene

const setUp = (t: TestContext) => RemovalScene.create(t)

const trashOf = ({ sandbox }: Scene) => readdirSync(join(sandbox.cacheDir, 'sweeper-trash'))

test('a clean worktree goes: directory, registration, branch, and the trash is empty', async (t) => {
  const scene = await setUp(t)
  assert.equal((await scene.remove()).kind, 'removed')
  assert.equal(existsSync(scene.path), false)
  assert.deepEqual(trashOf(scene), [])
  assert.deepEqual(scene.journalled, ['remove', 'rescued', 'decided', 'done'])
  assert.equal(scene.sandbox.git(scene.clone, 'worktree', 'list').trim().split('\n').length, 1)
  assert.equal(scene.sandbox.git(scene.clone, 'branch', '--list', 'dev/*'), '')
})

test('a branch that another worktree has checked out stays', async (t) => {
  const scene = await setUp(t)
  scene.sandbox.addWorktree('reviewer', 'charles/peon', 'dev/7')
  assert.equal((await scene.remove()).kind, 'removed')
  assert.match(scene.sandbox.git(scene.clone, 'branch', '--list', 'dev/7'), /dev\/7/)
})

for (const [name, spoil] of [
  ['exchanged for a link', (path: string) => exchangeForLink(path)],
  ['whose .git file is gone', (path: string) => rmSync(join(path, '.git'))]
] as const) {
  test(`a worktree ${name} stays where it is, unlocked`, async (t) => {
    const scene = await setUp(t)
    spoil(scene.path)
    assert.equal((await scene.remove()).kind, 'failed')
    assert.equal(existsSync(scene.path), true)
    assert.equal(existsSync(join(scene.clone, '.git/worktrees/charles__peon__dev%2F7/locked')), false)
    assert.deepEqual(existsSync(join(scene.sandbox.cacheDir, 'sweeper-trash')) ? trashOf(scene) : [], [])
  })
}

function exchangeForLink(path: string): void {
  renameSync(path, `${path}-elsewhere`)
  symlinkSync(`${path}-elsewhere`, path)
}

test('what somebody else has locked stays, with their lock', async (t) => {
  const scene = await setUp(t)
  scene.sandbox.git(scene.clone, 'worktree', 'lock', scene.path)
  assert.equal((await scene.remove()).kind, 'failed')
  assert.match(scene.sandbox.git(scene.clone, 'worktree', 'list', '--porcelain'), /^locked$/m)
})

test('who entered it right before it was moved keeps it', async (t) => {
  const scene = await setUp(t)
  const user = await waitForProcess(t, ['sh', '-c', 'echo; cat'], { cwd: scene.path })
  const usage = { known: true, value: `process ${user.pid} (sh)` }
  assert.deepEqual(await scene.remove(), { kind: 'in-use', usage })
  assert.equal(existsSync(scene.path), true)
  assert.deepEqual(scene.journalled, ['remove', 'rescued', 'restored'])
  await user.end()
})

/** The built module that performs one removal, to be killed from outside. */
const SCRIPT = (scene: Scene) => `
  const { CacheRoot } = await import(${JSON.stringify(new URL('../../src/host/cache-root.js', import.meta.url).href)})
  const { Journal } = await import(${JSON.stringify(new URL('../../src/host/journal.js', import.meta.url).href)})
  const { Trash } = await import(${JSON.stringify(new URL('../../src/host/trash.js', import.meta.url).href)})
  const { removeWorktree } = await import(${JSON.stringify(new URL('../../src/host/remove-worktree.js', import.meta.url).href)})
  const { finishRemovals } = await import(${JSON.stringify(new URL('../../src/host/finish-removals.js', import.meta.url).href)})
  const root = new CacheRoot(${JSON.stringify(scene.sandbox.cacheDir)})
  const journal = new Journal(${JSON.stringify(join(scene.sandbox.stateDir, 'sweeper/journal'))})
  const tools = { root, trash: new Trash(root), journal, now: () => 0, maxRescueBytes: 256e6 }
  const job = { run: '${RUN}', slot: '${SLOT}', path: ${JSON.stringify(scene.path)}, reason: 'closed' }
  const { rest } = await removeWorktree(tools, job)
  const endings = rest === undefined ? new Map() : await finishRemovals(tools, job.run, [rest])
  process.exitCode = endings.get(rest)?.kind === 'deleted' ? 0 : 9`

/** Kills the removal at the n-th call of a kind that it makes itself; false when there are not so many. */
function killAt(scene: Scene, call: string, n: number): boolean {
  const inject = `inject=${call}:signal=KILL:when=${n}`
  const args = ['-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject, process.execPath]
  const env = { ...process.env, NODE_V8_COVERAGE: '' }
  try {
    execFileSync('strace', [...args, '--input-type=module', '-e', SCRIPT(scene)], { stdio: 'ignore', env })
    return false
  } catch {
    return true
  }
}

const skip = hasCommand('strace') ? false : 'strace is not installed'

for (const call of ['link', 'rename']) {
  test(`killed at every ${call} of a removal, the next pass restores or finishes it`, { skip }, async (t) => {
    for (let n = 1; n < 40; n += 1) {
      const scene = await setUp(t)
      const killed = killAt(scene, call, n)
      const results = await recover(scene.tools)
      assert.deepEqual(
        results.filter(({ how }) => how === 'failed'),
        [],
        `${call} ${n}`
      )
      if (!killed) {
        assert.equal(existsSync(scene.path), false, 'not killed, so removed')
        t.diagnostic(`${n - 1} points`)
        return
      }
      assertWholeOrGone(scene, `${call} ${n}`)
    }
    assert.fail('The removal makes more calls than it should')
  })
}

/** Either all is as before, or all of it is gone; a second removal gets through in either case. */
function assertWholeOrGone(scene: Scene, at: string): void {
  const { sandbox, clone, path } = scene
  const listed = sandbox.git(clone, 'worktree', 'list', '--porcelain').includes('dev%2F7')
  assert.equal(listed, existsSync(path), `${at}: registration and directory agree`)
  assert.doesNotMatch(sandbox.git(clone, 'worktree', 'list', '--porcelain'), /^locked/m, at)
  if (existsSync(join(sandbox.cacheDir, 'sweeper-trash'))) assert.deepEqual(trashOf(scene), [], at)
  if (!existsSync(path)) return
  assert.equal(sandbox.git(path, 'status', '--porcelain'), '', at)
  assert.equal(readFileSync(join(path, 'README.md'), 'utf8'), '# charles/peon\n')
}
