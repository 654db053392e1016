import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { expireRuns } from '../../src/host/expire.ts'
import { inspectWorktree } from '../../src/host/inspect-work.ts'
import { RemovalScene } from '../support/removal-scene.ts'
import { contents } from '../support/tree.ts'

const FILES = {
  'README.md': '# peon\n',
  'tool.sh': 'true\n',
  'a.txt': 'a\n',
  'b.txt': 'b\n',
  'c.txt': 'c\n',
  '.gitignore': 'node_modules/\n.env\n*.local\n'
}

type Scene = RemovalScene

const setUp = (t: TestContext, files: Readonly<Record<string, string>> = FILES) =>
  RemovalScene.create(t, files)

async function remove(scene: Scene) {
  const work = await scene.inspect()
  assert.ok(work.known, work.known ? '' : work.why)
  return scene.remove()
}

/** All that git tells of a worktree. */
const gitState = ({ git }: Scene) =>
  [
    git('status', '--porcelain=v2', '--branch', '--untracked-files=all'),
    git('ls-files', '-s', '-v'),
    git('rev-parse', 'HEAD'),
    git('reflog'),
    git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads', 'refs/worktree', 'refs/bisect')
  ].join('\n')

function withoutLeft(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([name]) => !/^node_modules/.test(name)))
}

/** Commits a change of the same line on a branch of its own and on dev/7. */
function diverge({ git, path }: Scene): void {
  git('checkout', '-q', '-b', 'other')
  writeFileSync(join(path, 'a.txt'), 'theirs\n')
  git('commit', '-q', '-a', '-m', 'theirs')
  git('checkout', '-q', 'dev/7')
  writeFileSync(join(path, 'a.txt'), 'ours\n')
  git('commit', '-q', '-a', '-m', 'ours')
}

const fails = (act: () => void) => assert.throws(act)

const WORKS: readonly (readonly [string, (scene: Scene) => void])[] = [
  ['nothing of its own', () => {}],
  [
    'files of every kind',
    ({ path, git }) => {
      writeFileSync(join(path, 'a.txt'), 'staged\n')
      git('add', 'a.txt')
      writeFileSync(join(path, 'a.txt'), 'A\n')
      writeFileSync(join(path, 'README.md'), '# PEON\n')
      rmSync(join(path, 'b.txt'))
      git('rm', '-q', 'c.txt')
      chmodSync(join(path, 'tool.sh'), 0o755)
      writeFileSync(join(path, 'secret.txt'), 'private\n', { mode: 0o600 })
      writeFileSync(join(path, '.env'), 'KEY=1\n', { mode: 0o640 })
      writeFileSync(join(path, 'settings.local'), 'x')
      mkdirSync(join(path, 'empty/inner'), { recursive: true, mode: 0o750 })
      symlinkSync('README.md', join(path, 'link'))
      symlinkSync('/nowhere/at/all', join(path, 'dangling'))
      writeFileSync(join(path, 'with\nnewline and "quotes"'), '')
      writeFileSync(Buffer.concat([Buffer.from(`${path}/latin-`), Buffer.from([0xe9, 0xff])]), 'bytes')
      mkdirSync(join(path, 'node_modules/left-pad'), { recursive: true })
      writeFileSync(join(path, 'node_modules/left-pad/index.js'), '')
    }
  ],
  [
    'a file in place of a directory, and the other way round',
    ({ path, git }) => {
      mkdirSync(join(path, 'd'))
      writeFileSync(join(path, 'd/inner'), 'x')
      git('add', '-A')
      git('commit', '-q', '-m', 'directory')
      rmSync(join(path, 'd'), { recursive: true })
      writeFileSync(join(path, 'd'), 'a file now')
      rmSync(join(path, 'a.txt'))
      mkdirSync(join(path, 'a.txt'))
      writeFileSync(join(path, 'a.txt/inner'), 'y')
    }
  ],
  [
    'commits on a detached HEAD, and some that only the reflog knows',
    ({ git }) => {
      git('commit', '-q', '--allow-empty', '-m', 'lost')
      git('reset', '-q', '--hard', 'HEAD~')
      git('checkout', '-q', '--detach')
      git('commit', '-q', '--allow-empty', '-m', 'work')
    }
  ],
  [
    'a merge in conflict',
    (scene) => {
      diverge(scene)
      fails(() => scene.git('merge', '-q', 'other'))
      writeFileSync(join(scene.path, 'new.txt'), 'staged beside the conflict')
      scene.git('add', 'new.txt')
      rmSync(join(scene.path, 'new.txt'))
    }
  ],
  [
    'a rebase under way',
    (scene) => {
      diverge(scene)
      writeFileSync(join(scene.path, 'b.txt'), 'stashed by itself\n')
      fails(() => scene.git('rebase', '-q', '--autostash', 'other'))
    }
  ],
  [
    'a bisect, and a ref of its own',
    ({ git }) => {
      git('commit', '-q', '--allow-empty', '-m', 'one')
      git('bisect', 'start', 'HEAD', 'HEAD~')
      git('update-ref', 'refs/worktree/mine', 'HEAD')
    }
  ],
  [
    'hidden changes',
    ({ git, path }) => {
      git('update-index', '--assume-unchanged', 'a.txt', 'c.txt')
      git('update-index', '--skip-worktree', 'b.txt')
      writeFileSync(join(path, 'a.txt'), 'hidden\n')
      writeFileSync(join(path, 'b.txt'), 'hidden too\n')
      rmSync(join(path, 'c.txt'))
    }
  ],
  ['a split index', ({ git }) => git('update-index', '--split-index')],
  ['a sparse checkout', ({ git }) => git('sparse-checkout', 'set', '--no-cone', '/README.md')],
  [
    'an entry that is only intended',
    ({ git, path }) => {
      writeFileSync(join(path, 'later.txt'), 'x')
      git('add', '-N', 'later.txt')
    }
  ],
  ['an index that is gone', ({ admin }) => rmSync(join(admin, 'index'))],
  [
    'an entry that is only intended, its file gone',
    ({ git, path }) => {
      writeFileSync(join(path, 'later.txt'), 'x')
      git('add', '-N', 'later.txt')
      rmSync(join(path, 'later.txt'))
    }
  ],
  [
    'a link to another directory in place of one with the same names',
    ({ git, path }) => {
      mkdirSync(join(path, 'd'))
      writeFileSync(join(path, 'd/x'), '1')
      git('add', '-A')
      git('commit', '-q', '-m', 'directory')
      rmSync(join(path, 'd'), { recursive: true })
      mkdirSync(join(path, 'e'))
      writeFileSync(join(path, 'e/x'), '2')
      symlinkSync('e', join(path, 'd'))
    }
  ],
  [
    'names that every object has',
    ({ path }) => {
      for (const name of ['constructor', '__proto__', 'toString'])
        writeFileSync(join(path, name), name, { mode: 0o600 })
    }
  ],
  [
    'ignored files where builds have theirs',
    ({ path }) => {
      for (const directory of ['bin', 'build', 'data/out'])
        mkdirSync(join(path, directory), { recursive: true })
      writeFileSync(join(path, '.gitignore'), '.env\n/build/\n/data/\n')
      writeFileSync(join(path, 'bin/tool'), 'mine')
      writeFileSync(join(path, 'bin/.env'), 'A=1', { mode: 0o600 })
      writeFileSync(join(path, 'build/.env'), 'B=2', { mode: 0o600 })
      writeFileSync(join(path, 'data/out/result.csv'), '1,2')
    }
  ],
  [
    'a file only meant to be added, beside staged ones and attributes that convert',
    ({ path, git }) => {
      writeFileSync(join(path, '.gitattributes'), '* text=auto\n')
      writeFileSync(join(path, 'meant.txt'), 'meant\r\n')
      writeFileSync(join(path, 'a.txt'), 'staged\r\n')
      git('add', '.gitattributes', 'a.txt')
      git('add', '-N', 'meant.txt')
    }
  ],
  [
    'modes of another mask',
    ({ path }) => {
      for (const name of ['README.md', 'a.txt', '.git']) chmodSync(join(path, name), 0o664)
      chmodSync(path, 0o2775)
    }
  ]
]

for (const [name, make] of WORKS) {
  test(`brought back byte for byte: ${name}`, async (t) => {
    const scene = await setUp(t)
    make(scene)
    const before = withoutLeft(contents(scene.path))
    const state = existsSync(join(scene.admin, 'index')) ? gitState(scene) : ''
    const removal = await remove(scene)
    assert.equal(removal.kind, 'removed', JSON.stringify(removal))
    assert.equal(existsSync(scene.path), false)
    scene.sandbox.git(scene.clone, 'reflog', 'expire', '--expire=now', '--all')
    scene.sandbox.git(scene.clone, 'gc', '-q', '--prune=now')

    assert.deepEqual(await scene.undo(), { kind: 'back' })
    assert.deepEqual(contents(scene.path), before)
    if (state !== '') assert.equal(gitState(scene), state)
    assert.deepEqual(readdirSync(join(scene.sandbox.cacheDir, 'sweeper-trash')), [])
    assert.equal(existsSync(join(scene.admin, 'locked')), false)
    scene.sandbox.git(scene.clone, 'fsck', '--no-dangling')
    assert.equal((await scene.undo()).kind, 'left', 'a second undo touches nothing')
  })
}

test('files that git converts come back as they stood', async (t) => {
  const files = {
    '.gitattributes': '*.txt text eol=crlf\n*.id ident\n',
    'a.txt': 'one\ntwo\n',
    'b.id': '$Id$\n'
  }
  const scene = await setUp(t, files)
  const before = contents(scene.path)
  assert.match(readFileSync(join(scene.path, 'a.txt'), 'latin1'), /\r\n/)
  // What changed in the second of the index git would look into.
  for (const name of readdirSync(scene.path)) utimesSync(join(scene.path, name), 1e9, 1e9)
  scene.git('update-index', '--refresh')
  const removal = await remove(scene)
  assert.equal(removal.kind === 'removed' && removal.holds, null, 'a remote has all of it')
  assert.deepEqual(await scene.undo(), { kind: 'back' })
  assert.deepEqual(contents(scene.path), before)
  assert.equal(scene.git('status', '--porcelain'), '')
})

test('nothing that the checkout configures runs, neither way', async (t) => {
  const scene = await setUp(t)
  const { clone, path, sandbox, git } = scene
  const trap = join(sandbox.path, 'sprung')
  const program = join(sandbox.path, 'trap.sh')
  writeFileSync(program, `#!/bin/sh\ntouch ${trap}\ncat\n`, { mode: 0o755 })
  mkdirSync(join(clone, '.git/hooks'), { recursive: true })
  for (const hook of ['post-index-change', 'reference-transaction', 'post-checkout', 'pre-commit']) {
    writeFileSync(join(clone, '.git/hooks', hook), readFileSync(program), { mode: 0o755 })
  }
  writeFileSync(join(path, '.gitattributes'), '* filter=trap diff=trap\n')
  for (const name of ['core.fsmonitor', 'filter.trap.clean', 'filter.trap.smudge', 'filter.trap.process']) {
    git('config', name, program)
  }
  git('config', 'gpg.program', program)
  git('config', 'commit.gpgSign', 'true')
  writeFileSync(join(path, 'README.md'), 'changed\n')
  const before = contents(path)
  rmSync(trap, { force: true })
  assert.equal((await remove(scene)).kind, 'removed')
  assert.deepEqual(await scene.undo(), { kind: 'back' })
  assert.equal(existsSync(trap), false)
  assert.deepEqual(contents(path), before)
})

for (const [name, spoil, expected] of [
  ['a directory at its old place', ({ path }: Scene) => mkdirSync(path), /something newer/],
  [
    'its branch at another commit',
    ({ sandbox, clone }: Scene) => {
      sandbox.git(clone, 'commit', '-q', '--allow-empty', '-m', 'newer')
      sandbox.git(clone, 'branch', 'dev/7')
    },
    /its branch dev\/7 is at another commit/
  ]
] as const) {
  test(`left alone: ${name}`, async (t) => {
    const scene = await setUp(t)
    await remove(scene)
    spoil(scene)
    const before = contents(scene.sandbox.cacheDir)
    const outcome = await scene.undo()
    assert.equal(outcome.kind, 'left')
    assert.match('why' in outcome ? outcome.why : '', expected)
    assert.deepEqual(contents(scene.sandbox.cacheDir), before)
  })
}

test('a secret that came after the look into the worktree comes back with its own mode', async (t) => {
  const scene = await setUp(t)
  assert.ok((await scene.inspect()).known)
  writeFileSync(join(scene.path, '.env'), 'A=1', { mode: 0o600 })
  const before = contents(scene.path)
  assert.equal((await scene.remove()).kind, 'removed')
  assert.deepEqual(await scene.undo(), { kind: 'back' })
  assert.deepEqual(contents(scene.path), before)
})

test('a rescue that is gone is told, and nothing half made is left', async (t) => {
  const scene = await setUp(t)
  writeFileSync(join(scene.path, 'new.txt'), 'x')
  await remove(scene)
  await expireRuns(scene.tools.journal, scene.tools, () => true)
  assert.equal(scene.sandbox.git(scene.clone, 'for-each-ref', 'refs/claude-hooks-sweep'), '')
  assert.deepEqual(scene.tools.journal.runs(), [])
})

test('an old registration name that is taken is no hindrance', async (t) => {
  const scene = await setUp(t)
  writeFileSync(join(scene.path, 'new.txt'), 'x')
  const before = contents(scene.path)
  await remove(scene)
  scene.sandbox.git(
    scene.clone,
    'worktree',
    'add',
    '-q',
    '-b',
    'x',
    join(scene.sandbox.path, 'charles__peon__dev%2F7')
  )
  assert.deepEqual(await scene.undo(), { kind: 'back' })
  const { '.git': after, ...files } = contents(scene.path)
  const { '.git': earlier, ...expected } = before
  assert.notEqual(after, earlier)
  assert.deepEqual(files, expected)
  assert.equal(scene.git('status', '--porcelain'), '?? new.txt\n')
})

test('a corrupt index keeps the worktree', async (t) => {
  const scene = await setUp(t)
  truncateSync(join(scene.admin, 'index'), 20)
  const work = await inspectWorktree(scene.tools.root, scene.path, 1e6)
  assert.equal(work.known, false)
})

test('what a rescue cannot take keeps the worktree where it is', async (t) => {
  const scene = await setUp(t)
  const work = await inspectWorktree(scene.tools.root, scene.path, 1e6)
  assert.ok(work.known)
  execFileSync('mkfifo', [join(scene.path, 'pipe')])
  const before = contents(scene.sandbox.cacheDir)
  const removal = await scene.remove()
  assert.deepEqual(removal, { kind: 'unsaved', holds: 'a pipe, socket or device (pipe)' })
  const { 'sweeper-trash': trash, ...after } = contents(scene.sandbox.cacheDir)
  assert.ok(trash)
  assert.deepEqual(after, before)
})

for (const [name, prepare, filter] of [
  ['line ends that `* text=auto` takes away', '* text=auto\n', false],
  ['what a filter of the clone strips', '*.txt filter=strip\n', true]
] as const) {
  for (const [when, spoil] of [
    ['attributes that are tracked', ({ git }: Scene) => git('add', '.gitattributes')],
    ['attributes that are not tracked', () => {}],
    [
      'attributes that changed since',
      ({ path }: Scene) => writeFileSync(join(path, '.gitattributes'), '# none\n')
    ]
  ] as const) {
    test(`brought back byte for byte: ${name}, by ${when}`, async (t) => {
      const scene = await setUp(t)
      writeFileSync(join(scene.path, '.gitattributes'), prepare)
      if (filter) scene.git('config', 'filter.strip.clean', 'grep -v OUTPUT')
      writeFileSync(join(scene.path, 'new.txt'), 'code\r\nOUTPUT\r\n')
      // What changed in the second of the index git would look into.
      utimesSync(join(scene.path, 'new.txt'), 1e9, 1e9)
      scene.git('add', 'new.txt')
      spoil(scene)
      scene.git('commit', '-q', '-m', 'converted')
      const before = contents(scene.path)
      assert.equal((await remove(scene)).kind, 'removed')
      assert.deepEqual(await scene.undo(), { kind: 'back' })
      assert.deepEqual(contents(scene.path), before)
    })
  }
}

for (const [name, spoil] of [
  ['missing', (object: string) => rmSync(object)],
  ['empty', (object: string) => truncateSync(object, 0)]
] as const) {
  for (const [where, make] of [
    ['committed', ({ git }: Scene) => git('commit', '-q', '-m', 'work')],
    ['staged', () => {}]
  ] as const) {
    test(`an object that is ${name} since a crash, ${where}: the file on disk stays`, async (t) => {
      const scene = await setUp(t)
      writeFileSync(join(scene.path, 'only.txt'), 'the only copy\n')
      utimesSync(join(scene.path, 'only.txt'), 1e9, 1e9)
      scene.git('add', 'only.txt')
      make(scene)
      const id = scene.git('rev-parse', ':only.txt').trim()
      const object = join(scene.clone, '.git/objects', id.slice(0, 2), id.slice(2))
      chmodSync(object, 0o644)
      spoil(object)
      assert.equal((await scene.remove()).kind, 'failed')
      assert.equal(readFileSync(join(scene.path, 'only.txt'), 'utf8'), 'the only copy\n')
    })
  }
}

for (const kind of ['blob', 'tag'] as const) {
  test(`a ref of its own that names a ${kind} keeps the worktree`, async (t) => {
    const scene = await setUp(t)
    if (kind === 'tag') scene.git('tag', '-a', '-m', 'x', 'v1')
    const object = kind === 'tag' ? 'refs/tags/v1' : 'HEAD:README.md'
    scene.git('update-ref', 'refs/worktree/note', scene.git('rev-parse', object).trim())
    const work = await inspectWorktree(scene.tools.root, scene.path, 1e6)
    const { obstacle } = work.known ? work.value : { obstacle: null }
    assert.equal(obstacle, 'a ref of its own that names no commit (refs/worktree/note)')
  })
}
