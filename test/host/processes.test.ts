import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { readUsers } from '../../src/host/processes.ts'
import { readWorktrees } from '../../src/host/worktrees.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const isRoot = process.getuid?.() === 0

/** Whether this machine lets a test make mounts of its own. */
function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const noMounts = isRoot && canUnshare() ? false : 'a mount namespace cannot be made here'
const noUsers = isRoot ? false : 'only root can start a process of another user'

/** Two worktrees of which one's name begins the other's. */
function setUp(t: TestContext) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'sweep-processes-')))
  t.after(() => rmSync(base, { recursive: true, force: true }))
  const [used, other] = [join(base, 'dev%2F7'), join(base, 'dev%2F71')]
  for (const path of [used, other]) mkdirSync(join(path, 'src'), { recursive: true })
  writeFileSync(join(used, 'src/file'), 'x')
  return { base, used, other, users: () => readUsers([used, other]) }
}

/** Starts a process and waits until it says that it is where it should be. */
async function inhabit(t: TestContext, command: readonly string[], cwd = '/'): Promise<ChildProcess> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.on('close', resolve))
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once('data', () => resolve())
    child.on('error', reject)
    child.on('close', () => reject(new Error('it ended before it was ready')))
  })
  return child
}

const SLEEP = 'echo ready; exec sleep 600'

for (const [name, command, cwd] of [
  ['its working directory inside', () => ['sh', '-c', SLEEP], (used: string) => join(used, 'src')],
  ['a file open inside', (used: string) => ['sh', '-c', `exec 9<'${used}/src/file'; ${SLEEP}`], () => '/']
] as const) {
  test(`in use: a process with ${name}`, async (t) => {
    const { used, other, users } = setUp(t)
    const { pid } = await inhabit(t, command(used), cwd(used))
    const found = users()
    assert.ok(found.known)
    assert.match(found.value.get(used) ?? '', new RegExp(`^process ${pid} \\(\\w+\\)$`))
    assert.equal(found.value.has(other), false)
  })
}

test('in use: a process whose program is inside', async (t) => {
  const { used, users } = setUp(t)
  copyFileSync('/bin/sleep', join(used, 'tool'))
  chmodSync(join(used, 'tool'), 0o755)
  await inhabit(t, ['sh', '-c', `echo ready; exec '${used}/tool' 600`])
  for (let tries = 0; tries < 500; tries += 1) {
    const found = users()
    assert.ok(found.known)
    if (found.value.has(used)) return assert.match(found.value.get(used) ?? '', /\(tool\)$/)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.fail('it was never seen')
})

for (const [name, mounted, inside] of [
  ['its working directory', '', 'cd view/src;'],
  ['an open file', '', 'exec 9<view/src/file;'],
  ['an open file below a mount of a part of it', '/src', 'exec 9<view/file;'],
  ['an open file below a mount of all worktrees', '/..', 'exec 9<view/dev%2F7/src/file;']
] as const) {
  test(`in use: a process in another mount namespace, with ${name} inside`, { skip: noMounts }, async (t) => {
    const { base, used, other, users } = setUp(t)
    mkdirSync(join(base, 'view'))
    const script = `cd '${base}'; mount --bind '${used}${mounted}' view; ${inside} echo ready; exec sleep 600`
    await inhabit(t, ['unshare', '--mount', 'sh', '-c', script])
    const found = users()
    assert.ok(found.known)
    assert.match(found.value.get(used) ?? '', /^process \d+ \(\w+\)$/)
    assert.equal(found.value.has(other), false)
  })
}

/** What somebody without rights finds out. The module is loaded before: where it lies, others may not read. */
function usersAs(uid: number, paths: readonly string[]): { known: boolean; why?: string; names: string[] } {
  const module = new URL('../../src/host/processes.js', import.meta.url).href
  const script = `
    const { readUsers } = await import(${JSON.stringify(module)})
    process.setgroups([])
    process.setgid(${uid})
    process.setuid(${uid})
    const found = readUsers(${JSON.stringify(paths)})
    console.log(JSON.stringify({ known: found.known, why: found.why, names: found.known ? [...found.value.keys()] : [] }))`
  const env = { PATH: process.env['PATH'] }
  const args = ['--input-type=module', '-e', script]
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env }))
}

const ODD_UID = 54_321

test("another user's process that cannot be read is passed over", { skip: noUsers }, async (t) => {
  const { used } = setUp(t)
  await inhabit(t, ['sh', '-c', SLEEP], used)
  assert.deepEqual(usersAs(ODD_UID, [used]), { known: true, names: [] })
})

test('one of the same user that hides makes the use of all unknown, unless it is known to', {
  skip: noUsers
}, async (t) => {
  const { base, used } = setUp(t)
  chmodSync(base, 0o755)
  // Who may not read a program may not look into its process either.
  for (const name of ['hidden', 'ssh-agent']) {
    copyFileSync('/bin/sleep', join(base, name))
    chmodSync(join(base, name), 0o711)
  }
  const as = ['setpriv', '--reuid', `${ODD_UID}`, '--regid', `${ODD_UID}`, '--clear-groups']
  await inhabit(t, [...as, 'sh', '-c', `echo ready; exec '${base}/ssh-agent' 600`])
  const waitFor = async (text: string) => {
    for (let tries = 0; tries < 500; tries += 1) {
      if (execFileSync('ps', ['-eo', 'comm='], { encoding: 'utf8' }).includes(text)) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.fail(`${text} never started`)
  }
  await waitFor('ssh-agent')
  assert.deepEqual(usersAs(ODD_UID, [used]), { known: true, names: [] })
  await inhabit(t, [...as, 'sh', '-c', `echo ready; exec '${base}/hidden' 600`])
  await waitFor('hidden')
  const found = usersAs(ODD_UID, [used])
  assert.equal(found.known, false)
  assert.match(found.why ?? '', /^process \d+ \(hidden\) of this user cannot be looked into/)
})

test('a lock file of git is use while it is fresh', async (t) => {
  const sandbox = await useSandbox(t)
  const clone = sandbox.addClone('charles/peon')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const root = new CacheRoot(sandbox.cacheDir)
  t.after(() => root.close())
  const lock = join(clone, '.git/worktrees/charles__peon__dev%2F7/index.lock')
  writeFileSync(lock, '')
  const usage = () => {
    const fact = readWorktrees(root, Date.now())[0]?.usage
    return fact?.known === true ? fact.value : undefined
  }
  assert.equal(usage(), 'index.lock')
  const old = Date.now() / 1000 - 11 * 60
  utimesSync(lock, old, old)
  assert.equal(usage(), null)
})
