import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ALL_FAULTS } from '../support/inject-fault.ts'
import { report, sweep } from '../support/run-command.ts'
import { Sandbox } from '../support/sandbox.ts'
import { contents } from '../support/tree.ts'

const KEY = 'dev:charles/peon:7'

/** How many blocks of the disk are free: from none to more than a pass needs. All: `npm run faults`. */
const FREE = ALL_FAULTS ? Array.from({ length: 20 }, (_, n) => n) : [0, 3, 6]

/** A disk of its own, of a few megabytes; undefined where none can be mounted. */
function mountSmallDisk(t: TestContext): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'sweep-disk-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', path]).status === 0
  t.after(() => {
    if (mounted) execFileSync('umount', [path])
    rmSync(path, { recursive: true })
  })
  return mounted ? path : undefined
}

/** A sandbox on that disk, with a session and a worktree that would go. */
async function createOn(disk: string, t: TestContext): Promise<{ sandbox: Sandbox; path: string }> {
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = disk
  const sandbox = await Sandbox.create()
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  t.after(() => sandbox.remove())
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  sandbox.addSession(KEY)
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'commit' })
  sandbox.dirty(path, 'untracked')
  return { sandbox, path }
}

/** Leaves so many blocks of a disk free. */
function fill(disk: string, blocks: number): string {
  const { bavail, bsize } = statfsSync(disk)
  const path = join(disk, 'filler')
  writeFileSync(path, Buffer.alloc((bavail - blocks) * bsize))
  return path
}

for (const free of FREE) {
  test(`a disk with ${free} free blocks: nothing is lost, and once there is room all is swept`, async (t) => {
    const disk = mountSmallDisk(t)
    if (disk === undefined) return t.skip('no file system can be mounted here')
    const { sandbox, path } = await createOn(disk, t)
    const [files, store] = [contents(path), readFileSync(sandbox.store, 'utf8')]
    const filler = fill(disk, free)
    const full = await sweep(sandbox, [])
    if (full.code !== 0) assert.match(full.stderr, /ENOSPC|No space left/)
    if (full.code === 78) assert.match(full.stderr, /make room on its disk/)

    rmSync(filler)
    const { report: result } = await report(sandbox)
    assert.deepEqual(result.errors, [])
    const runs = JSON.parse((await sweep(sandbox, ['history', '--json'])).stdout) as { run: string }[]
    for (const { run } of runs) await sweep(sandbox, ['undo', run])
    assert.deepEqual(contents(path), files)
    assert.deepEqual(JSON.parse(readFileSync(sandbox.store, 'utf8')), JSON.parse(store))
    t.diagnostic(`exit ${full.code}${full.summary && `, ${full.summary}`}; lost: 0`)
  })
}

test('a disk with no room for a rescue: what goes without one makes it', async (t) => {
  const disk = mountSmallDisk(t)
  if (disk === undefined) return t.skip('no file system can be mounted here')
  const { sandbox, path } = await createOn(disk, t)
  const big = Buffer.alloc(2 ** 20)
  for (const [index] of big.entries()) big[index] = (index * 2654435761) >>> 13
  writeFileSync(join(path, 'big'), big)
  // Ignored, and made anew by a build: it needs no rescue.
  sandbox.addWorktree('boss', 'charles/peon', 'boss/7')
  const boss = sandbox.worktreePath('boss', 'charles/peon', 'boss/7')
  mkdirSync(join(boss, 'node_modules'))
  writeFileSync(join(boss, 'node_modules/big'), Buffer.alloc(4 * 2 ** 20))
  fill(disk, 64)
  const { report: result } = await report(sandbox)
  assert.deepEqual([result.errors, result.swept.worktrees], [[], 2])
})
