import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { deleteTree } from '../../src/host/delete-tree.ts'
import { locate, mountWithin, readMountPoints } from '../../src/host/mounts.ts'

/** Whether this process may bind one directory to another: root outside a container. */
function canMount(path: string): boolean {
  try {
    execFileSync('mount', ['--bind', path, path], { stdio: 'ignore' })
    execFileSync('umount', [path])
    return true
  } catch {
    return false
  }
}

test('a tree with a bind mount inside is not deleted, and what is mounted stays whole', async (t) => {
  const path = mkdtempSync(join(tmpdir(), 'sweep mounts-'))
  t.after(() => rmSync(path, { recursive: true }))
  if (!canMount(path)) return t.skip('this user may not mount')
  const inside = join(path, 'tree/deep')
  const victim = join(path, 'victim')
  for (const directory of [inside, victim]) mkdirSync(directory, { recursive: true })
  writeFileSync(join(victim, 'file'), '')
  execFileSync('mount', ['--bind', victim, inside])
  try {
    assert.equal(mountWithin(readMountPoints(), join(path, 'tree')), inside)
    await assert.rejects(deleteTree(join(path, 'tree')), /Something is mounted at .*unmount it first/)
    assert.ok(existsSync(join(victim, 'file')))
  } finally {
    execFileSync('umount', [inside])
  }
  await deleteTree(join(path, 'tree'))
  assert.equal(existsSync(join(path, 'tree')), false)
  await deleteTree(join(path, 'tree'))
})

const MOUNTS = new Map([
  ['/', { device: '8:1', root: '/' }],
  ['/home', { device: '8:2', root: '/' }],
  ['/data', { device: '8:2', root: '/me/data' }]
])

for (const [path, location] of [
  ['/', '8:1'],
  ['/etc/x', '8:1/etc/x'],
  ['/homes', '8:1/homes'],
  ['/home', '8:2'],
  ['/home/me/data/x', '8:2/me/data/x'],
  ['/data', '8:2/me/data'],
  ['/data/x', '8:2/me/data/x']
] as const) {
  test(`${path} is ${location}, whatever its file system is mounted on`, () => {
    assert.equal(locate(MOUNTS, path), location)
  })
}

test('what no mount covers is nowhere', () => {
  assert.equal(locate(new Map([['/home', { device: '8:2', root: '/' }]]), '/homes/x'), undefined)
})
