import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { hasCommand } from '../support/has-command.ts'
import { type Waiting, waitForProcess } from '../support/wait-for-process.ts'

/** Nobody else's: other tests may run as `nobody` at the same time. */
const USER = 61_000 + (process.pid % 2000)
const OTHER_USER = USER + 2000

const MODULE = new URL('../../src/host/processes.js', import.meta.url).href

/** Becomes an ordinary user without any right. */
const as = (user: number, ...command: string[]): [string, ...string[]] => [
  'setpriv',
  `--reuid=${user}`,
  `--regid=${user}`,
  '--clear-groups',
  ...command
]

/** A right that the reader lacks hides a process from its own user, as `PR_SET_DUMPABLE` does. */
const HIDDEN = ['--inh-caps=+chown', '--ambient-caps=+chown']

/** Without what would have it write where it may not: coverage. */
const PLAIN = { cwd: '/', env: { PATH: process.env['PATH'] } }

/** Why there is no ordinary user to be; false when there is one. */
function whyNoUser(): string | false {
  try {
    const [file, ...args] = as(USER, ...HIDDEN, process.execPath, '--input-type=module', '-e')
    execFileSync(file, [...args, `await import(${JSON.stringify(MODULE)})`], { ...PLAIN, stdio: 'ignore' })
    return false
  } catch {
    return 'this user may not become another one, or that one cannot read the build'
  }
}

const skip = whyNoUser()

interface Scene {
  readonly path: string
  /** Runs a shell as a user, under a command name of its own, and waits until it did what it shall. */
  readonly run: (user: readonly [string, ...string[]], name: string, script: string) => Promise<Waiting>
  /** What a sweeper of that user finds out. */
  readonly look: () => unknown
}

function setUp(t: TestContext): Scene {
  const parent = mkdtempSync(join(tmpdir(), 'sweep-hidden-'))
  t.after(() => rmSync(parent, { recursive: true }))
  const path = join(parent, 'dev%2F7')
  mkdirSync(path)
  for (const directory of [parent, path]) chmodSync(directory, 0o755)
  const run: Scene['run'] = (user, name, script) => {
    const tool = join(parent, name)
    execFileSync('cp', ['/bin/sh', tool])
    return waitForProcess(t, [...user, tool, '-c', `set -e; ${script}; echo ready; read line`, path])
  }
  const places = JSON.stringify([{ path, device: 0, inode: 0 }])
  const script = `import { readUsers } from ${JSON.stringify(MODULE)}
    console.log(JSON.stringify(readUsers(${places}).of(${JSON.stringify(path)})))`
  const [file, ...args] = as(USER, process.execPath, '--input-type=module', '-e', script)
  const look = () => JSON.parse(execFileSync(file, args, { ...PLAIN, encoding: 'utf8' })) as unknown
  return { path, run, look }
}

const NOBODY = { known: true, value: null }

test("an own process that cannot be looked at makes every worktree's use unknown", { skip }, async (t) => {
  const { run, look } = setUp(t)
  assert.deepEqual(look(), NOBODY)
  const hidden = await run(as(USER, ...HIDDEN), 'keeps secrets', 'true')
  assert.deepEqual(look(), {
    known: false,
    code: 'PROCESSES_UNREADABLE',
    why: `This user's process ${hidden.pid} (keeps secrets) hides what it works on, which could be here: end it, or wait for its end`
  })
  const seen = await run(as(USER), 'works', 'cd "$0"')
  assert.deepEqual(look(), { known: true, value: `process ${seen.pid} (works)` })
  await seen.end()
  await hidden.end()
  assert.deepEqual(look(), NOBODY)
})

for (const name of ['(sd-pam)', 'sshd', 'ssh-agent', 'gpg-agent', 'gnome-keyring-daemon']) {
  test(`${name} hides from its own user and works in no worktree`, { skip }, async (t) => {
    const { run, look } = setUp(t)
    await run(as(USER, ...HIDDEN), name, 'true')
    assert.deepEqual(look(), NOBODY)
  })
}

test("another user's process cannot be looked at and is passed over", { skip }, async (t) => {
  const { run, look } = setUp(t)
  await run(as(OTHER_USER), 'works', 'cd "$0"')
  assert.deepEqual(look(), NOBODY)
})

/** Shells take note of a child's end when they please; this one never does. */
const NEGLECT = '$| = 1; my $child = fork; exit if !$child; print "$child\n"; <STDIN>'
const noPerl = skip || (hasCommand('perl') ? false : 'there is no perl to leave a child unheeded')

test('a zombie cannot be looked at and uses nothing', { skip: noPerl }, async (t) => {
  const { look } = setUp(t)
  const { line } = await waitForProcess(t, as(USER, 'perl', '-e', NEGLECT))
  const deadline = Date.now() + 20_000
  while (!/^State:\s+Z/m.test(readFileSync(`/proc/${line}/status`, 'utf8'))) {
    assert.ok(Date.now() < deadline, 'the child did not end')
    await pause(20)
  }
  assert.deepEqual(look(), NOBODY)
})
