import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Worktree } from '../../src/domain/state.ts'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { readWorktrees, rereadWorktree } from '../../src/host/worktrees.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

interface Scene {
  readonly sandbox: Sandbox
  readonly clone: string
  readonly path: string
  readonly admin: string
  readonly read: () => Worktree
}

async function setUp(t: TestContext): Promise<Scene> {
  const sandbox = await useSandbox(t)
  const clone = sandbox.addClone('charles/peon')
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const root = new CacheRoot(sandbox.cacheDir)
  t.after(() => root.close())
  const read = () => {
    const [worktree, ...more] = readWorktrees(root, Date.now())
    assert.equal(more.length, 0)
    assert.ok(worktree)
    assert.deepEqual(
      { ...rereadWorktree(root, worktree.agent, worktree.path, Date.now()), ageMs: null },
      { ...worktree, ageMs: null }
    )
    return worktree
  }
  return { sandbox, clone, path, admin: join(clone, '.git/worktrees/charles__peon__dev%2F7'), read }
}

test("repo, branch, lock and age come from git's own files", async (t) => {
  const { read, path, admin, sandbox, clone } = await setUp(t)
  sandbox.git(path, 'checkout', '-q', '-b', 'other')
  sandbox.git(clone, 'worktree', 'lock', '--reason', 'mine', path)
  const time = Date.now() / 1000 - 3600
  for (const file of [path, join(admin, 'index'), join(admin, 'logs/HEAD')]) utimesSync(file, time, time)
  const worktree = read()
  assert.deepEqual(worktree.repo, { known: true, value: { owner: 'charles', name: 'peon' } })
  assert.deepEqual([worktree.branch, worktree.namedBranch], ['other', 'dev/7'])
  assert.deepEqual(worktree.locked, { known: true, value: 'mine' })
  assert.ok(worktree.ageMs.known && Math.abs(worktree.ageMs.value - 3_600_000) < 60_000)
})

test('while HEAD is detached the branch is that of the rebase, else that of the directory', async (t) => {
  const { read, path, admin, sandbox } = await setUp(t)
  sandbox.git(path, 'checkout', '-q', '--detach')
  assert.equal(read().branch, 'dev/7')
  mkdirSync(join(admin, 'rebase-merge'))
  writeFileSync(join(admin, 'rebase-merge/head-name'), 'refs/heads/feat/issue-12\n')
  assert.equal(read().branch, 'feat/issue-12')
})

for (const [name, damage] of [
  ['its .git file is gone', ({ path }: Scene) => rmSync(join(path, '.git'))],
  ['its .git file points outside', ({ path }: Scene) => writeFileSync(join(path, '.git'), 'gitdir: /etc\n')],
  [
    'its .git file climbs out',
    ({ path, clone }: Scene) =>
      writeFileSync(join(path, '.git'), `gitdir: ${clone}/.git/worktrees/../../../../../x\n`)
  ],
  ['its registration is gone', ({ admin }: Scene) => rmSync(admin, { recursive: true })],
  ['its registration is a link', (scene: Scene) => plantLink(scene)],
  [
    "its registration is another's",
    ({ admin }: Scene) => writeFileSync(join(admin, 'gitdir'), '/somewhere/else/.git\n')
  ],
  ['its repository is another', ({ admin }: Scene) => writeFileSync(join(admin, 'commondir'), '/tmp\n')],
  ['its HEAD is gone', ({ admin }: Scene) => rmSync(join(admin, 'HEAD'))]
] as const) {
  test(`when ${name} the directory name tells what it was, and nobody knows whether it is locked`, async (t) => {
    const scene = await setUp(t)
    damage(scene)
    const worktree = scene.read()
    assert.equal(worktree.branch, 'dev/7')
    assert.deepEqual(worktree.repo, { known: true, value: { owner: 'charles', name: 'peon' } })
    assert.equal(worktree.locked.known, false)
    assert.equal(worktree.locked.known || worktree.locked.code, 'REGISTRATION_DAMAGED')
  })
}

function plantLink({ admin, sandbox }: Scene): void {
  rmSync(admin, { recursive: true })
  mkdirSync(join(sandbox.path, 'victim'))
  symlinkSync(join(sandbox.path, 'victim'), admin)
}

for (const [name, make] of [
  ['a link', (place: string) => symlinkSync('/tmp', place)],
  ['a file', (place: string) => writeFileSync(place, '')]
] as const) {
  test(`${name} among the worktrees or the agents is no place to remove from`, async (t) => {
    const { sandbox, path } = await setUp(t)
    rmSync(path, { recursive: true })
    make(path)
    make(join(sandbox.cacheDir, 'worktrees/odd'))
    const root = new CacheRoot(sandbox.cacheDir)
    t.after(() => root.close())
    const places = readWorktrees(root, Date.now()).map(({ place }) => place.known || place.code)
    assert.deepEqual(places, ['UNSAFE_PATH', 'UNSAFE_PATH'])
  })
}

test('a name that is not UTF-8 is reported, not guessed', async (t) => {
  const { sandbox, path } = await setUp(t)
  rmSync(path, { recursive: true })
  mkdirSync(Buffer.concat([Buffer.from(`${join(sandbox.cacheDir, 'worktrees/dev')}/a`), Buffer.from([0xff])]))
  const root = new CacheRoot(sandbox.cacheDir)
  t.after(() => root.close())
  const [worktree] = readWorktrees(root, Date.now())
  assert.ok(worktree)
  assert.equal(worktree.place.known || worktree.place.code, 'UNSAFE_PATH')
})

test('a process with its working directory or an open file inside uses it', async (t) => {
  const { read, path } = await setUp(t)
  mkdirSync(join(path, 'deep'))
  assert.deepEqual(read().usage, { known: true, value: null })
  const sleeper = spawn('sleep', ['60'], { cwd: join(path, 'deep'), stdio: 'ignore' })
  t.after(() => sleeper.kill('SIGKILL'))
  assert.deepEqual(read().usage, { known: true, value: `process ${sleeper.pid} (sleep)` })
  sleeper.kill('SIGKILL')
  await new Promise((resolve) => sleeper.on('close', resolve))

  const log = openSync(join(path, 'log'), 'w')
  const writer = spawn('sleep', ['60'], { stdio: ['ignore', log, 'ignore'] })
  closeSync(log)
  t.after(() => writer.kill('SIGKILL'))
  assert.deepEqual(read().usage, { known: true, value: `process ${writer.pid} (sleep)` })
})

for (const name of ['index.lock', 'HEAD.lock']) {
  test(`a fresh ${name} means that git is at work; one 11 minutes old was left behind`, async (t) => {
    const { read, admin } = await setUp(t)
    const lock = join(admin, name)
    appendFileSync(lock, '')
    assert.deepEqual(read().usage, { known: true, value: name })
    const time = Date.now() / 1000 - 11 * 60
    utimesSync(lock, time, time)
    assert.deepEqual(read().usage, { known: true, value: null })
    assert.equal(readFileSync(lock, 'utf8'), '')
  })
}
