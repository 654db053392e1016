import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { inspectWorktree } from '../../src/host/inspect-work.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { snapshot } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

interface Scene {
  readonly sandbox: Sandbox
  readonly clone: string
  readonly path: string
  readonly admin: string
  readonly git: (...args: string[]) => string
  readonly inspect: () => ReturnType<typeof inspectWorktree>
}

async function setUp(t: TestContext): Promise<Scene> {
  const sandbox = await useSandbox(t)
  const clone = sandbox.addClone('charles/peon', { 'README.md': '# peon\n', 'tool.sh': 'true\n' })
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const root = new CacheRoot(sandbox.cacheDir)
  t.after(() => root.close())
  return {
    sandbox,
    clone,
    path,
    admin: join(clone, '.git/worktrees/charles__peon__dev%2F7'),
    git: (...args) => sandbox.git(path, ...args),
    inspect: () => inspectWorktree(root, path, 256e6)
  }
}

/** What no remote has: how it comes about, and how it is told. */
const HELD: readonly (readonly [string, (scene: Scene) => void, RegExp])[] = [
  [
    'a file of the same size, changed within the second',
    ({ path }) => writeFileSync(join(path, 'README.md'), '# PEON\n'),
    /1 uncommitted change \(README\.md\)/
  ],
  ['a deleted file', ({ path }) => rmSync(join(path, 'README.md')), /1 uncommitted change/],
  [
    'a changed mode',
    ({ path }) => chmodSync(join(path, 'tool.sh'), 0o755),
    /1 uncommitted change \(tool\.sh\)/
  ],
  [
    'a staged file, its worktree copy restored',
    ({ path, git }) => {
      writeFileSync(join(path, 'README.md'), 'staged\n')
      git('add', 'README.md')
      writeFileSync(join(path, 'README.md'), '# peon\n')
    },
    /1 staged change/
  ],
  [
    'a change behind assume-unchanged',
    ({ path, git }) => {
      git('update-index', '--assume-unchanged', 'README.md')
      writeFileSync(join(path, 'README.md'), 'hidden\n')
    },
    /1 uncommitted change/
  ],
  [
    'a change behind skip-worktree',
    ({ path, git }) => {
      git('update-index', '--skip-worktree', 'README.md')
      writeFileSync(join(path, 'README.md'), 'hidden\n')
    },
    /1 uncommitted change/
  ],
  [
    'an untracked file with status.showUntrackedFiles=no',
    ({ path, git }) => {
      git('config', 'status.showUntrackedFiles', 'no')
      writeFileSync(join(path, 'new.txt'), '')
    },
    /1 untracked file \(new\.txt\)/
  ],
  [
    "an untracked file that the clone's info/exclude hides",
    ({ path, clone }) => {
      writeFileSync(join(clone, '.git/info/exclude'), 'new.txt\n')
      writeFileSync(join(path, 'new.txt'), '')
    },
    /1 untracked file/
  ],
  ['an ignored .env', ({ path }) => writeFileSync(join(path, '.env'), 'KEY=1\n'), /1 ignored file \(\.env\)/],
  [
    'an unpushed commit',
    ({ git }) => git('commit', '-q', '--allow-empty', '-m', 'work'),
    /a commit that no remote has/
  ],
  [
    'a commit on a detached HEAD',
    ({ git }) => {
      git('checkout', '-q', '--detach')
      git('commit', '-q', '--allow-empty', '-m', 'work')
    },
    /a commit that no remote has/
  ],
  [
    'a commit that only the reflog knows',
    ({ git }) => {
      git('commit', '-q', '--allow-empty', '-m', 'work')
      git('reset', '-q', '--hard', 'origin/main')
    },
    /a commit that no remote has/
  ],
  [
    'a merge under way on a clean tree',
    ({ admin }) => writeFileSync(join(admin, 'MERGE_HEAD'), ''),
    /a merge under way/
  ],
  [
    'a rebase under way',
    ({ admin }) => {
      mkdirSync(join(admin, 'rebase-merge'))
      writeFileSync(join(admin, 'rebase-merge/done'), '')
    },
    /a rebase under way/
  ],
  ['a bisect', ({ git }) => git('bisect', 'start'), /a bisect under way/],
  ['a ref of its own', ({ git }) => git('update-ref', 'refs/worktree/mine', 'HEAD'), /1 own ref/]
]

for (const [name, make, says] of HELD) {
  test(`held: ${name}`, async (t) => {
    const scene = await setUp(t)
    make(scene)
    const work = await scene.inspect()
    assert.ok(work.known, work.known ? '' : work.why)
    assert.match(work.value.holds ?? '', says)
  })
}

/** What a rescue cannot take: how it comes about, and how it is told. */
const OBSTACLES: readonly (readonly [string, (scene: Scene) => void, RegExp])[] = [
  [
    'a nested repository in an ignored directory',
    ({ path, sandbox }) => {
      mkdirSync(join(path, 'node_modules/mine'), { recursive: true })
      sandbox.git(join(path, 'node_modules/mine'), 'init', '-q')
    },
    /a nested repository \(node_modules\/mine\)/
  ],
  [
    'files where a submodule would be',
    ({ path, git }) => {
      const commit = git('rev-parse', 'HEAD').trim()
      git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`)
      mkdirSync(join(path, 'sub'))
      writeFileSync(join(path, 'sub/work.txt'), '')
    },
    /a submodule \(sub\)/
  ],
  ['a pipe', ({ path }) => execFileSync('mkfifo', [join(path, 'pipe')]), /a pipe, socket or device \(pipe\)/],
  [
    'more than a rescue may hold',
    ({ path }) => {
      writeFileSync(join(path, 'large.bin'), '')
      truncateSync(join(path, 'large.bin'), 300e6)
    },
    /^300\.0 MB of files that no remote has, .* large\.bin with 300\.0 MB\)$/
  ]
]

for (const [name, make, says] of OBSTACLES) {
  test(`cannot be rescued: ${name}`, async (t) => {
    const scene = await setUp(t)
    make(scene)
    const work = await scene.inspect()
    assert.ok(work.known, work.known ? '' : work.why)
    assert.match(work.value.obstacle ?? '', says)
  })
}

/** What git, an install or a build would give back. */
const SAVED: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['a fresh worktree', () => {}],
  ['a touched file', ({ path }) => utimesSync(join(path, 'README.md'), 1, 1)],
  [
    'dependencies',
    ({ path }) => {
      mkdirSync(join(path, 'node_modules/left-pad'), { recursive: true })
      writeFileSync(join(path, 'node_modules/left-pad/index.js'), '')
    }
  ],
  [
    'a pushed commit',
    ({ git }) => {
      git('commit', '-q', '--allow-empty', '-m', 'work')
      git('push', '-q', 'origin', 'dev/7')
    }
  ],
  ['a split index', ({ git }) => git('update-index', '--split-index')],
  ['a sparse checkout', ({ git }) => git('sparse-checkout', 'set', '--no-cone', '/README.md')]
]

for (const [name, make] of SAVED) {
  test(`saved: ${name}; looking leaves no trace`, async (t) => {
    const scene = await setUp(t)
    make(scene)
    const before = snapshot(scene.sandbox.cacheDir)
    const work = await scene.inspect()
    assert.ok(work.known, work.known ? '' : work.why)
    assert.equal(work.value.holds, null)
    assert.equal(work.value.obstacle, null)
    assert.ok(work.value.bytes > 0)
    assert.deepEqual(snapshot(scene.sandbox.cacheDir), before)
  })
}

test('nothing that the checkout configures runs', async (t) => {
  const { git, path, clone, sandbox, inspect } = await setUp(t)
  const trap = join(sandbox.path, 'sprung')
  const program = join(sandbox.path, 'trap.sh')
  writeFileSync(program, `#!/bin/sh\ntouch ${trap}\ncat\n`, { mode: 0o755 })
  mkdirSync(join(clone, '.git/hooks'), { recursive: true })
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout']) {
    writeFileSync(join(clone, '.git/hooks', hook), readFileSync(program), { mode: 0o755 })
  }
  writeFileSync(join(path, '.gitattributes'), '* filter=trap diff=trap\n')
  const settings = [
    'core.fsmonitor',
    'filter.trap.clean',
    'filter.trap.process',
    'diff.trap.textconv',
    'core.sshCommand',
    'core.pager'
  ]
  for (const name of settings) git('config', name, program)
  writeFileSync(join(path, 'README.md'), 'changed\n')
  rmSync(trap, { force: true })
  const work = await inspect()
  assert.ok(work.known && work.value.holds !== null)
  assert.equal(existsSync(trap), false)
})

for (const [name, make] of [
  ['a corrupt index', ({ admin }: Scene) => truncateSync(join(admin, 'index'), 20)],
  [
    'an index that is a link',
    ({ admin }: Scene) => {
      rmSync(join(admin, 'index'))
      symlinkSync('/etc/passwd', join(admin, 'index'))
    }
  ],
  ['a HEAD without a commit', ({ git }: Scene) => git('checkout', '-q', '--orphan', 'empty')]
] as const) {
  test(`unknown: ${name}`, async (t) => {
    const scene = await setUp(t)
    make(scene)
    const work = await scene.inspect()
    assert.equal(work.known || work.code, 'WORKTREE_UNREADABLE')
  })
}
