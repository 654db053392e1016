import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Place, readUsers } from '../../src/host/processes.ts'
import { hasCommand } from '../support/has-command.ts'
import { waitForProcess } from '../support/wait-for-process.ts'

/** A worktree, its neighbour whose name goes on, and a directory that other names are mounted on. */
interface Scene {
  readonly path: string
  readonly neighbour: string
  readonly view: string
  readonly by: (path: string) => unknown
}

function setUp(t: TestContext): Scene {
  // A space is what mount tables escape.
  const parent = mkdtempSync(join(tmpdir(), 'sweep in use-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const path = join(parent, 'trees/dev%2F7')
  const neighbour = join(parent, 'trees/dev%2F71')
  const view = join(parent, 'the view')
  for (const directory of [join(path, 'sub'), neighbour, view]) mkdirSync(directory, { recursive: true })
  for (const name of ['file', 'sub/file']) writeFileSync(join(path, name), '')
  const places = [path, neighbour].map(placeOf)
  const by = (of: string) => {
    const usage = readUsers(places).of(of)
    return usage.known ? usage.value : usage.why
  }
  return { path, neighbour, view, by }
}

function placeOf(path: string): Place {
  const { dev: device, ino: inode } = statSync(path)
  return { path, device, inode }
}

/** A shell that does something, says so, and waits. */
const shell = (script: string, ...args: string[]): [string, ...string[]] => [
  'sh',
  '-c',
  `set -e; ${script}; echo ready; read line`,
  ...args
]

for (const [name, script] of [
  ['its working directory', 'cd "$0"'],
  ['its working directory below', 'cd "$0/sub"'],
  ['an open file', 'exec 3<"$0/file"'],
  ['an open file that was deleted', 'exec 3<"$0/file"; rm "$0/file"'],
  ['its working directory, deleted,', 'cd "$0/sub"; rm -r "$0/sub"']
] as const) {
  test(`a process with ${name} in a worktree uses it, and not one whose name only goes on`, async (t) => {
    const { path, neighbour, by } = setUp(t)
    assert.equal(by(path), null)
    const { pid, end } = await waitForProcess(t, shell(script, path))
    assert.deepEqual([by(path), by(neighbour)], [`process ${pid} (sh)`, null])
    await end()
    assert.equal(by(path), null)
  })

  test(`a process with ${name} in the neighbour does not use the worktree`, async (t) => {
    const { path, neighbour, by } = setUp(t)
    mkdirSync(join(neighbour, 'sub'))
    writeFileSync(join(neighbour, 'file'), '')
    const { pid } = await waitForProcess(t, shell(script, neighbour))
    assert.deepEqual([by(path), by(neighbour)], [null, `process ${pid} (sh)`])
  })
}

test('a process whose executable is in a worktree uses it', async (t) => {
  const { path, by } = setUp(t)
  const tool = join(path, 'sub/tool')
  execFileSync('cp', ['/bin/sh', tool])
  const { pid } = await waitForProcess(t, [tool, ...shell('true').slice(1)])
  assert.equal(by(path), `process ${pid} (tool)`)
})

test('sockets, pipes and what else is no path are in no worktree', async (t) => {
  const { path, by } = setUp(t)
  const script = 'require("net").createServer().listen(0, "127.0.0.1", () => console.log("ready"))'
  await waitForProcess(t, [process.execPath, '-e', script])
  assert.equal(by(path), null)
})

/** Why a process cannot be put into a mount namespace or a root of its own; false when it can. */
function whyNoNamespace(): string | false {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount --bind /tmp /tmp'], { stdio: 'ignore' })
    return false
  } catch {
    return 'this user may not make a mount namespace and mount in it'
  }
}

const noNamespace = whyNoNamespace()

for (const [name, script] of [
  ['its working directory', 'mount --bind "$0" "$1"; cd "$1"'],
  ['an open file', 'mount --bind "$0" "$1"; exec 3<"$1/file"'],
  ['an open file, seen through a directory above,', 'mount --bind "$0/.." "$1"; exec 3<"$1/dev%2F7/file"'],
  ['an open file, seen through a directory below,', 'mount --bind "$0/sub" "$1"; exec 3<"$1/file"'],
  ['its working directory, seen through a directory below,', 'mount --bind "$0/sub" "$1"; cd "$1"'],
  [
    'an open file, seen through the upper of two mounts,',
    'mount --bind /tmp "$1"; mount --bind "$0" "$1"; exec 3<"$1/file"'
  ],
  [
    'its working directory, on a mount that was taken away,',
    'mount --bind "$0" "$1"; cd "$1"; umount -l "$1"'
  ]
] as const) {
  test(`a process elsewhere with ${name} in a worktree uses it`, { skip: noNamespace }, async (t) => {
    const { path, neighbour, view, by } = setUp(t)
    const { pid } = await waitForProcess(t, ['unshare', '--mount', ...shell(script, path, view)])
    assert.deepEqual([by(path), by(neighbour)], [`process ${pid} (sh)`, null])
  })
}

test('what has the name of a worktree elsewhere is not that worktree', { skip: noNamespace }, async (t) => {
  const { path, neighbour, by } = setUp(t)
  const script = 'mount --bind "$1" "$0"; cd "$0"'
  const { pid } = await waitForProcess(t, ['unshare', '--mount', ...shell(script, path, neighbour)])
  assert.deepEqual([by(path), by(neighbour)], [null, `process ${pid} (sh)`])
})

const noRoot = noNamespace || (hasCommand('perl') ? false : 'there is no perl to change the root')
const changeRoot = (script: string): string => `$| = 1; ${script}; print "ready\\n"; <STDIN>`

test('a process whose root is a worktree uses it', { skip: noRoot }, async (t) => {
  const { path, by } = setUp(t)
  const script = changeRoot('chroot $ARGV[0] or die')
  const { pid } = await waitForProcess(t, ['perl', '-e', script, path])
  assert.equal(by(path), `process ${pid} (perl)`)
})

for (const [name, script] of [
  ['in its own root', 'chroot $ARGV[1] or die; open F, "/inner/file" or die'],
  ['outside its own root', 'chdir $ARGV[0] or die; chroot $ARGV[1] or die']
] as const) {
  test(`a process elsewhere uses a worktree ${name}`, { skip: noRoot }, async (t) => {
    const { path, view, by } = setUp(t)
    mkdirSync(join(view, 'inner'))
    const start = 'mount --bind "$0" "$1/inner"; exec perl -e "$2" "$0" "$1"'
    const command = ['sh', '-c', start, path, view, changeRoot(script)]
    const { pid } = await waitForProcess(t, ['unshare', '--mount', ...command])
    assert.equal(by(path), `process ${pid} (perl)`)
  })
}
