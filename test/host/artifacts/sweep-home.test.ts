import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { isThere, writeAged } from '../../support/claude-home.ts'
import { sweepHome } from '../../support/sweep-home.ts'

interface Home {
  readonly path: string
  readonly add: (name: string, days?: number) => string
}

function useHome(t: TestContext): Home {
  const path = mkdtempSync(join(tmpdir(), 'sweep-home-'))
  t.after(() => execFileSync('rm', ['-rf', path]))
  return { path, add: (name, days = 30) => writeAged(join(path, name), days) }
}

const now = Date.now()

test('a set is as old as its newest part, and the time of its directory does not count', async (t) => {
  const { path, add } = useHome(t)
  const transcript = add('projects/p/a.jsonl')
  const old = add('projects/p/a/x/old.txt')
  const young = add('projects/p/a/y/young.txt', 1)
  const kept = await sweepHome(path, { now })
  assert.deepEqual(kept.tallies.transcript?.byReason, { 'too-young': 1 })
  assert.ok([transcript, old, young].every(isThere))
  rmSync(young)
  const gone = await sweepHome(path, { now })
  assert.equal(gone.tallies.transcript?.removed, 1)
  assert.deepEqual([transcript, join(path, 'projects/p/a')].filter(isThere), [])
})

test('of a set the directory goes first: what is cut off is found again', async (t) => {
  const { path, add } = useHome(t)
  const transcript = add('projects/p/a.jsonl')
  add('projects/p/a/x.txt')
  const seen: boolean[] = []
  const removing = () => {
    rmSync(join(path, 'projects/p/a'), { recursive: true })
    seen.push(existsSync(transcript))
  }
  await sweepHome(path, { now, removing })
  assert.deepEqual([seen, isThere(transcript)], [[true], false])
})

test('a directory without its transcript, and a file of the same name, stay', async (t) => {
  const { path, add } = useHome(t)
  const alone = add('projects/p/b/x.txt')
  add('projects/p/a.jsonl')
  const file = add('projects/p/a')
  const { tallies } = await sweepHome(path, { now })
  assert.equal(tallies.transcript?.removed, 1)
  assert.ok([alone, file].every(isThere))
})

test('what is written anew between look and removal stays whole', async (t) => {
  const { path, add } = useHome(t)
  const transcript = add('projects/p/a.jsonl')
  const inside = add('projects/p/a/x.txt')
  const written = await sweepHome(path, { now, removing: () => appendFileSync(inside, 'more') })
  assert.deepEqual(written.tallies.transcript?.byReason, { busy: 1 })
  assert.deepEqual(written.errors, [])
  rmSync(inside)
  const resumed = await sweepHome(path, { now, removing: () => appendFileSync(transcript, 'more') })
  assert.deepEqual(resumed.tallies.transcript?.byReason, { busy: 1 })
  assert.ok(isThere(transcript))
})

test('what is gone meanwhile is no error, and is not counted', async (t) => {
  const { path, add } = useHome(t)
  add('debug/a.txt')
  const { tallies, errors } = await sweepHome(path, {
    now,
    removing: () => rmSync(join(path, 'debug/a.txt'))
  })
  assert.deepEqual([tallies.debug?.removed, errors], [0, []])
})

test('a directory that is exchanged for a link while it is gone through leads nowhere else', async (t) => {
  const { path, add } = useHome(t)
  const outside = useHome(t)
  const precious = outside.add('a.txt')
  add('debug/a.txt')
  const removing = () => {
    renameSync(join(path, 'debug'), join(path, 'moved'))
    symlinkSync(outside.path, join(path, 'debug'))
  }
  await sweepHome(path, { now, types: ['debug'], removing })
  assert.deepEqual([precious, join(path, 'moved/a.txt')].map(isThere), [true, false])
})

test('a file that another process has open stays, by whatever name it opened it', async (t) => {
  const { path, add } = useHome(t)
  const file = add('debug/a.txt')
  const inside = add('projects/p/a/deep/x.txt')
  add('projects/p/a.jsonl')
  const link = join(path, 'elsewhere')
  linkSync(file, link)
  const script = 'exec 3<"$1" 4<"$2"; echo ready; exec sleep 600'
  const child = spawn('sh', ['-c', script, 'sh', link, inside], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.on('close', resolve))
  t.after(() => child.kill('SIGKILL'))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const used = await sweepHome(path, { now })
  assert.deepEqual(
    [used.tallies.debug?.byReason, used.tallies.transcript?.byReason],
    [{ busy: 1 }, { busy: 1 }]
  )
  child.kill('SIGKILL')
  await ended
  const { tallies } = await sweepHome(path, { now })
  assert.deepEqual([tallies.debug?.removed, tallies.debug?.bytes, tallies.transcript?.removed], [1, 0, 1])
  assert.ok(isThere(link), 'the other name of a file stays')
})

test('pipes, links and sockets are no artifacts; names that are not UTF-8 are', async (t) => {
  const { path, add } = useHome(t)
  add('debug/plain.txt')
  execFileSync('mkfifo', [join(path, 'debug/pipe')])
  symlinkSync('plain.txt', join(path, 'debug/link'))
  const raw = Buffer.concat([Buffer.from(`${path}/debug/`), Buffer.from([0xff, 0xfe])])
  writeFileSync(raw, 'x')
  execFileSync('bash', ['-c', `touch -d '30 days ago' "$1"/debug/$'\\xff\\xfe'`, 'bash', path])
  add('debug/ünï.txt')
  const { tallies, errors } = await sweepHome(path, { now, types: ['debug'] })
  assert.deepEqual([tallies.debug?.removed, errors], [3, []])
  assert.ok(['pipe', 'link'].every((name) => isThere(join(path, 'debug', name))))
})

const noMounts =
  spawnSync('unshare', ['--mount', 'true']).status === 0 ? false : 'no mount namespace can be made here'

test('a mount is not crossed, and a file on a mount of its own stays', { skip: noMounts }, async (t) => {
  const { path, add } = useHome(t)
  const precious = add('elsewhere/x.txt')
  mkdirSync(join(path, 'debug/mounted'), { recursive: true })
  add('debug/file.txt')
  const module = new URL('../../support/sweep-home.js', import.meta.url).href
  const script = `const { sweepHome } = await import(${JSON.stringify(module)})
const { tallies, errors } = await sweepHome(${JSON.stringify(path)}, { now: Date.now(), types: ['debug'] })
console.log(JSON.stringify([tallies.debug.byReason, errors.map(({ code }) => code)]))`
  const mounts =
    'mount --bind "$0/elsewhere" "$0/debug/mounted" && mount --bind "$0/debug/file.txt" "$0/debug/file.txt" && exec "$@"'
  const node = [process.execPath, '--input-type=module', '-e', script]
  const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', mounts, path, ...node], {
    encoding: 'utf8'
  })
  assert.deepEqual(
    JSON.parse(stdout || 'null'),
    [{ 'unsafe-path': 1 }, ['UNSAFE_PATH', 'UNSAFE_PATH']],
    stderr
  )
  assert.ok(isThere(precious))
})

test('a mount that is made over an empty directory of a set meanwhile is not crossed', {
  skip: noMounts
}, (t) => {
  const { path, add } = useHome(t)
  const precious = add('elsewhere/x.txt')
  add('projects/p/a.jsonl')
  add('projects/p/a/x.txt')
  mkdirSync(join(path, 'projects/p/a/sub'))
  const module = new URL('../../support/sweep-home.js', import.meta.url).href
  const script = `const { sweepHome } = await import(${JSON.stringify(module)})
const { execFileSync } = await import('node:child_process')
const removing = () => execFileSync('mount', ['--bind', process.argv[1] + '/elsewhere', process.argv[1] + '/projects/p/a/sub'])
const { tallies } = await sweepHome(process.argv[1], { now: Date.now(), types: ['transcript'], removing })
console.log(JSON.stringify(tallies.transcript.byReason))`
  const node = [process.execPath, '--input-type=module', '-e', script, path]
  const { stdout, stderr } = spawnSync('unshare', ['--mount', ...node], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(stdout || 'null'), { busy: 1 }, stderr)
  assert.ok([precious, join(path, 'projects/p/a.jsonl')].every(isThere))
})

test('many files in one directory go, and so does a tree as deep as any', async (t) => {
  const { path, add } = useHome(t)
  for (let index = 0; index < 2500; index += 1) add(`debug/${index}.txt`)
  add(`debug/${'d/'.repeat(60)}x.txt`)
  const { tallies } = await sweepHome(path, { now, types: ['debug'] })
  assert.equal(tallies.debug?.removed, 2501)
  assert.equal(process.cwd(), process.env['PWD'] ?? process.cwd())
})

test('beside a process that writes all the time nothing young goes', async (t) => {
  const { path, add } = useHome(t)
  for (let index = 0; index < 2000; index += 1) add(`debug/${index}.txt`)
  const script = `let n = 0; setInterval(() => { for (let i = 0; i < 20; i += 1) {
    const name = ${JSON.stringify(path)} + '/debug/' + (n++ % 2000) + '.txt'
    require('fs').writeFileSync(name + '.new', String(n)); require('fs').renameSync(name + '.new', name.replace('.txt', '-young.txt')) } }, 1)`
  const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.on('close', resolve))
  const removed: string[] = []
  while (!existsSync(join(path, 'debug/0-young.txt'))) await new Promise((resolve) => setTimeout(resolve, 5))
  const { tallies, errors } = await sweepHome(path, {
    now,
    types: ['debug'],
    removing: ({ name }) => removed.push(name)
  })
  child.kill('SIGKILL')
  await ended
  assert.deepEqual([tallies.debug?.removed, errors], [2000, []])
  assert.deepEqual(
    removed.filter((name) => name.includes('young')),
    []
  )
})

test('a session that is gone on with while files go keeps those that are still there', async (t) => {
  const { path, add } = useHome(t)
  for (let index = 0; index < 2500; index += 1) add(`debug/id-${index}.txt`)
  const ids = Array.from({ length: 2500 }, (_, index) => `id-${index}`)
  let gone = 0
  const { tallies } = await sweepHome(path, {
    now,
    types: ['debug'],
    active: () => (gone === 0 ? [] : ids),
    removing: () => {
      gone += 1
    }
  })
  assert.ok(gone < 2500)
  assert.deepEqual([tallies.debug?.removed, tallies.debug?.byReason.referenced], [gone, 2500 - gone])
})

test('the working directory is the same after a failure as before', async (t) => {
  const { path, add } = useHome(t)
  add('debug/a.txt')
  const before = process.cwd()
  const removing = () => {
    throw new Error('of the test')
  }
  await assert.rejects(sweepHome(path, { now, types: ['debug'], removing }), /of the test/)
  assert.equal(process.cwd(), before)
})
