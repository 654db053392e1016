import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { git } from '../../src/host/git.ts'
import { RemovalScene, RUN } from '../support/removal-scene.ts'
import { contents, snapshot } from '../support/tree.ts'

/** A directory that somebody would miss a file of. */
function makeHome({ sandbox }: RemovalScene): string {
  const home = join(sandbox.path, 'home')
  mkdirSync(home)
  writeFileSync(join(home, 'authorized_keys'), 'a key\n')
  return home
}

/** Where an agent can plant a link in its clone, so that git would write or delete elsewhere. */
const LINKS: readonly (readonly [string, string])[] = [
  ['the way to its branch', 'refs/heads/dev/7'],
  ["the way to its branch's log", 'logs/refs/heads/dev/7'],
  ['the way to the rescue', 'refs/claude-hooks-sweep'],
  ["the way to the rescue's log", 'logs/refs/claude-hooks-sweep'],
  ['a directory of the objects', 'objects/aa']
]

for (const [name, link] of LINKS) {
  test(`a link planted on ${name} leads a removal nowhere else`, async (t) => {
    const scene = await RemovalScene.create(t)
    const home = makeHome(scene)
    scene.git('checkout', '-q', '-b', 'x')
    scene.git('branch', '-q', '-D', 'dev/7')
    scene.git('checkout', '-q', '-b', 'dev/7/authorized_keys')
    writeFileSync(join(scene.path, 'new.txt'), 'work')
    const at = join(scene.clone, '.git', link)
    const before = { home: snapshot(home), work: contents(scene.path) }
    rmSync(at, { recursive: true, force: true })
    mkdirSync(dirname(at), { recursive: true })
    symlinkSync(home, at)
    const removal = await scene.remove()
    assert.deepEqual(snapshot(home), before.home)
    // Where only deleting the branch would follow the link, all else is done and the link is told.
    assert.equal(removal.kind, 'failed')
    assert.match('why' in removal ? removal.why : '', /is a symbolic link|bad revision/)
    if (existsSync(scene.path)) assert.deepEqual(contents(scene.path), before.work)
    else assert.ok(scene.journalled.includes('rescued'))
  })
}

test("a link planted on the way to the branch's log leads an undo nowhere else", async (t) => {
  const scene = await RemovalScene.create(t)
  const home = makeHome(scene)
  assert.equal((await scene.remove()).kind, 'removed')
  const log = join(scene.clone, '.git/logs/refs/heads/dev')
  rmSync(log, { recursive: true, force: true })
  mkdirSync(dirname(log), { recursive: true })
  mkdirSync(log)
  symlinkSync(join(home, 'authorized_keys'), join(log, '7'))
  const before = snapshot(home)
  const undone = await scene.undo()
  assert.match('why' in undone ? undone.why : '', /cannot be made again: .* is a symbolic link/)
  assert.deepEqual(snapshot(home), before)
})

for (const name of ['HEAD', 'config', 'packed-refs', 'shallow', 'info/grafts'] as const) {
  test(`a pipe called ${name} in the clone holds nothing up`, { timeout: 30_000 }, async (t) => {
    const scene = await RemovalScene.create(t)
    const path = join(scene.clone, '.git', name)
    rmSync(path, { force: true })
    mkdirSync(dirname(path), { recursive: true })
    execFileSync('mkfifo', [path])
    const work = await scene.inspect()
    assert.match(work.known ? '' : work.why, /is no regular file/)
  })
}

test('settings that include other files keep the worktree', async (t) => {
  const scene = await RemovalScene.create(t)
  appendFileSync(join(scene.clone, '.git/config'), '[include]\n\tpath = /nowhere\n')
  const work = await scene.inspect()
  assert.match(work.known ? '' : work.why, /config includes other files/)
})

test('work in a clone that mirrors stays: the next fetch would prune its rescue', async (t) => {
  const scene = await RemovalScene.create(t)
  scene.git('config', 'remote.origin.fetch', '+refs/*:refs/*')
  const clean = await scene.inspect()
  assert.equal(clean.known && clean.value.obstacle, null, 'where there is nothing to rescue it goes')
  writeFileSync(join(scene.path, 'new.txt'), 'work')
  const work = await scene.inspect()
  assert.match((work.known && work.value.obstacle) || '', /whose next fetch could delete its rescue/)
})

test('what a clone configures for a protocol does not run', async (t) => {
  const scene = await RemovalScene.create(t)
  const trap = join(scene.sandbox.path, 'sprung')
  scene.git('config', 'protocol.ext.allow', 'always')
  const url = `ext::sh -c touch% ${trap}`
  await assert.rejects(git(['ls-remote', url], { gitDir: join(scene.clone, '.git') }), /not allowed/)
  assert.equal(existsSync(trap), false)
})

for (const [name, plant] of [
  ['a file', (path: string) => writeFileSync(path, 'mine')],
  ['a link', (path: string) => symlinkSync('/nowhere', path)]
] as const) {
  test(`${name} where the index has a submodule keeps the worktree`, async (t) => {
    const scene = await RemovalScene.create(t)
    const commit = scene.git('rev-parse', 'HEAD').trim()
    scene.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`)
    scene.git('commit', '-q', '-m', 'submodule')
    plant(join(scene.path, 'sub'))
    const work = await scene.inspect()
    assert.equal(work.known && work.value.obstacle, 'a submodule (sub)')
  })
}

test('a staged submodule comes back staged', async (t) => {
  const scene = await RemovalScene.create(t)
  const commit = scene.git('rev-parse', 'HEAD').trim()
  scene.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`)
  mkdirSync(join(scene.path, 'sub'))
  const before = [scene.git('status', '--porcelain'), readdirSync(scene.path)]
  assert.equal((await scene.remove()).kind, 'removed')
  assert.deepEqual(await scene.undo(), { kind: 'back' })
  assert.deepEqual([scene.git('status', '--porcelain'), readdirSync(scene.path)], before)
})

test('a branch that another worktree is rebasing stays', async (t) => {
  const scene = await RemovalScene.create(t)
  const other = scene.sandbox.addWorktree('boss', 'charles/peon', 'dev/7')
  const git = (...args: string[]) => scene.sandbox.git(other, ...args)
  git('commit', '-q', '--allow-empty', '-m', 'one')
  assert.throws(() => git('rebase', '-q', '--exec', 'false', 'HEAD~'))
  assert.equal((await scene.remove()).kind, 'removed')
  assert.match(scene.sandbox.git(scene.clone, 'branch', '--list', 'dev/7'), /dev\/7/)
  git('rebase', '--continue')
})

test('a branch that git has left locked: the worktree goes, its branch is told of', async (t) => {
  const scene = await RemovalScene.create(t)
  const lock = join(scene.clone, '.git/refs/heads/dev/7.lock')
  writeFileSync(lock, '')
  const removal = await scene.remove()
  assert.match('why' in removal ? removal.why : '', /7\.lock': File exists/)
  assert.deepEqual(readdirSync(join(scene.sandbox.cacheDir, 'sweeper-trash', `${RUN}.1`)), [])
  assert.equal(existsSync(scene.path), false)
  assert.equal(readFileSync(lock, 'utf8'), '')
})
