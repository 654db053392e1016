import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asNobody, nobodyIsMissing } from '../support/as-nobody.ts'
import { report, start, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { contents } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

interface Scene {
  readonly sandbox: Sandbox
  readonly path: string
  readonly admin: string
  /** A directory that is none of the sweeper's business. */
  readonly victim: string
}

/** 4,096 levels: no path reaches the end. */
function digDeep(path: string): void {
  mkdirSync(path)
  const script = `for (let n = 0; n < 4096; n += 1) { fs.mkdirSync('d'); process.chdir('d') } fs.writeFileSync('end', 'x')`
  execFileSync(process.execPath, ['-e', script], { cwd: path })
}

const mkfifo = (path: string) => void execFileSync('mkfifo', [path])

/** What somebody may lay in the sweeper's way, and what it is told as. */
type Trap = readonly [name: string, lay: (scene: Scene) => void, says: RegExp]

const TRAPS: readonly Trap[] = [
  [
    'a .git file that points elsewhere',
    ({ path, victim }) => writeFileSync(join(path, '.git'), `gitdir: ${victim}\n`),
    /points outside/
  ],
  [
    'a .git file that is a link',
    ({ path, victim }) => {
      rmSync(join(path, '.git'))
      symlinkSync(join(victim, 'file'), join(path, '.git'))
    },
    /no \.git file/
  ],
  [
    'a .git file that is a pipe',
    ({ path }) => {
      rmSync(join(path, '.git'))
      mkfifo(join(path, '.git'))
    },
    /no \.git file/
  ],
  ['a registration that is gone', ({ admin }) => rmSync(admin, { recursive: true }), /gone/],
  [
    'a registration that is a link',
    ({ admin, victim }) => {
      renameSync(admin, join(victim, 'admin'))
      symlinkSync(join(victim, 'admin'), admin)
    },
    /gone or no plain directory/
  ],
  [
    'a registration that points elsewhere',
    ({ admin, victim }) => writeFileSync(join(admin, 'gitdir'), `${victim}/.git\n`),
    /belongs to another/
  ],
  [
    'a commondir that leads elsewhere',
    ({ admin, victim }) => writeFileSync(join(admin, 'commondir'), `${victim}\n`),
    /belongs to another/
  ],
  [
    'an index that is a pipe',
    ({ admin }) => {
      rmSync(join(admin, 'index'))
      mkfifo(join(admin, 'index'))
    },
    /no regular file/
  ],
  [
    'a reflog that is a link',
    ({ admin, victim }) => {
      rmSync(join(admin, 'logs/HEAD'))
      symlinkSync(join(victim, 'file'), join(admin, 'logs/HEAD'))
    },
    /no regular file/
  ],
  [
    "a pipe in the place of its branch's reflog",
    ({ sandbox }) => {
      const log = join(sandbox.clonePath('charles/trap'), '.git/logs/refs/heads/dev/7')
      rmSync(log)
      mkfifo(log)
    },
    /no regular file/
  ],
  ...(['new', 'bin', 'node_modules'] as const).map(
    (directory): Trap => [
      `a pipe called ${directory}/.gitignore`,
      ({ path }) => {
        mkdirSync(join(path, directory))
        mkfifo(join(path, directory, '.gitignore'))
      },
      new RegExp(`a pipe, socket or device \\(${directory}/\\.gitignore\\)`)
    ]
  ),
  ['a tree of 4,096 levels', ({ path }) => digDeep(join(path, 'node_modules')), /ENAMETOOLONG/],
  [
    'a cache clone that is gone',
    ({ sandbox }) => rmSync(sandbox.clonePath('charles/trap'), { recursive: true }),
    /gone/
  ],
  [
    'a cache clone without objects',
    ({ sandbox }) => rmSync(join(sandbox.clonePath('charles/trap'), '.git/objects'), { recursive: true }),
    /cannot be looked into/
  ],
  [
    'a HEAD that is rubbish',
    ({ admin }) => writeFileSync(join(admin, 'HEAD'), '\0\0'),
    /cannot be looked into|cannot be read/
  ]
]

for (const [name, lay, says] of TRAPS) {
  test(`kept and told: ${name}; all else is swept, nothing outside changes`, async (t) => {
    const sandbox = await useSandbox(t)
    for (const repo of ['charles/trap', 'charles/peon']) {
      sandbox.addClone(repo)
      sandbox.forgejo.add(repo, [{ number: 7, state: 'closed' }])
    }
    const path = sandbox.addWorktree('dev', 'charles/trap', 'dev/7')
    const other = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
    const victim = join(sandbox.path, 'victim')
    mkdirSync(victim)
    writeFileSync(join(victim, 'file'), 'not yours')
    const admin = join(sandbox.clonePath('charles/trap'), '.git/worktrees/charles__trap__dev%2F7')
    lay({ sandbox, path, admin, victim })
    const before = contents(victim)
    const { report: result, outcome } = await report(sandbox)
    assert.equal(outcome.code, 1, outcome.stderr)
    assert.equal(result.errors.length, 1, JSON.stringify(result.errors))
    assert.match(result.errors[0]?.message ?? '', says)
    assert.deepEqual([existsSync(path), existsSync(other)], [true, false])
    assert.deepEqual(contents(victim), before)
  })
}

test('a link in place of the trash: one sentence, nothing is removed', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  symlinkSync(sandbox.stateDir, join(sandbox.cacheDir, 'sweeper-trash'))
  const { code, stderr } = await sweep(sandbox)
  assert.equal(code, 78)
  assert.match(stderr, /sweeper-trash cannot be used \(ENOTDIR/)
  assert.equal(existsSync(path), true)
})

test('directories that a package manager write-protects go', { skip: nobodyIsMissing() }, async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon', { '.gitignore': 'node_modules/\n' })
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const closed = join(path, 'node_modules/closed')
  mkdirSync(closed, { recursive: true })
  writeFileSync(join(closed, 'file'), '')
  chmodSync(closed, 0o555)
  const { code, stderr } = await start([], sandbox.env, asNobody(sandbox)).ended
  assert.equal(code, 0, stderr)
  assert.equal(existsSync(path), false)
  assert.deepEqual(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')), [])
})
