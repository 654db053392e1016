import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspectClone } from '../../src/host/inspect-clone.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const HOME = { repo: { owner: 'charles', name: 'peon' }, host: 'forgejo.test' }
const URL_THERE = 'https://forgejo.test/charles/peon.git'

type Prepare = (sandbox: Sandbox, clone: string) => unknown

/** A commit that nothing names, made in a clone. */
const madeCommit = (sandbox: Sandbox, clone: string): string =>
  sandbox.git(clone, 'commit-tree', '-m', 'made here', 'HEAD^{tree}').trim()

/** What a clone holds by a name, and what is said of it; null for nothing. */
const HOLDINGS: Readonly<Record<string, readonly [RegExp | null, Prepare]>> = {
  'nothing but what it fetched': [null, () => {}],
  'a branch and a tag that a remote has': [
    null,
    (sandbox, clone) => {
      sandbox.git(clone, 'branch', 'dev/7')
      sandbox.git(clone, 'tag', 'v1')
      sandbox.git(clone, 'gc', '-q')
    }
  ],
  'no checkout': [
    null,
    (sandbox, clone) => {
      for (const name of ['README.md', '.gitignore', '.git/index']) rmSync(join(clone, name))
      sandbox.git(clone, 'symbolic-ref', 'HEAD', 'refs/heads/main')
    }
  ],
  'a reflog of what is gone': [
    null,
    (_, clone) => write(clone, '.git/ORIG_HEAD', `${'1234567890'.repeat(4)}\n`)
  ],
  'what a build makes anew': [null, (_, clone) => write(clone, 'node_modules/a/index.js')],
  'a local branch': [/no remote-tracking/, (s, c) => s.git(c, 'branch', 'own', madeCommit(s, c))],
  'a tag': [/no remote-tracking/, (s, c) => s.git(c, 'tag', 'own', madeCommit(s, c))],
  'a note': [/no remote-tracking/, (s, c) => s.git(c, 'notes', 'add', '-m', 'remark', 'HEAD')],
  'a stash': [
    /no remote-tracking/,
    (s, c) => {
      s.dirty(c, 'modified')
      s.git(c, 'stash', '-q')
    }
  ],
  'a commit that only the reflog knows': [
    /no remote-tracking/,
    (s, c) => {
      s.git(c, 'update-ref', 'refs/heads/main', madeCommit(s, c))
      s.git(c, 'update-ref', 'refs/heads/main', 'origin/main')
    }
  ],
  'a detached HEAD': [
    /no remote-tracking/,
    (s, c) => {
      s.git(c, 'update-ref', '--no-deref', 'HEAD', madeCommit(s, c))
      rmSync(join(c, '.git/logs'), { recursive: true })
    }
  ],
  'a fetch of what is on no branch': [
    /no remote-tracking/,
    (s, c) => {
      const commit = madeCommit(s, c)
      s.git(c, 'push', '-q', 'origin', `${commit}:refs/pull/3/head`)
      s.git(c, 'fetch', '-q', 'origin', 'refs/pull/3/head')
    }
  ],
  'a tag of a blob': [/names no commit/, (s, c) => s.git(c, 'tag', 'own', 'HEAD:README.md')],
  'a rescue': [/a rescue/, (s, c) => s.git(c, 'update-ref', 'refs/claude-hooks-sweep/x/y', 'HEAD')],
  'no remote-tracking branch': [
    /no remote-tracking branch$/,
    (s, c) => {
      s.git(c, 'remote', 'remove', 'origin')
    }
  ],
  'a remote of another repo': [
    /a remote of another repo \(remote\.fork\.url\)$/,
    (s, c) => s.git(c, 'remote', 'add', 'fork', 'https://me:secret@forgejo.test/me/peon')
  ],
  'a remote on another host': [
    /a remote of another repo \(remote\.fork\.url\)$/,
    (s, c) => s.git(c, 'remote', 'add', 'fork', 'https://codeberg.test/charles/peon')
  ],
  'a remote that is a path': [
    /a remote of another repo/,
    (s, c) => s.git(c, 'remote', 'add', 'fork', '/srv/charles/peon')
  ],
  'a remote that it pushes to': [
    /a remote of another repo \(remote\.origin\.pushurl\)$/,
    (s, c) => s.git(c, 'remote', 'set-url', '--push', 'origin', 'git@codeberg.test:charles/peon')
  ],
  'another name of a host': [
    /a remote of another repo \(url\./,
    (s, c) => s.git(c, 'config', 'url.https://codeberg.test/.insteadOf', 'https://forgejo.test/')
  ],
  'remotes that are its repo': [
    null,
    (s, c) => {
      s.git(c, 'remote', 'add', 'a', 'https://forgejo.test/git/Charles/Peon.git')
      s.git(c, 'remote', 'add', 'b', 'git@forgejo.test:charles/peon.git')
      s.git(c, 'remote', 'add', 'c', 'ssh://git@forgejo.test:22/charles/peon/')
    }
  ],
  'no remote': [/no remote$/, (s, c) => s.git(c, 'config', '--remove-section', 'remote.origin')],
  'a staged change': [/staged change/, (s, c) => s.dirty(c, 'staged')],
  'a change': [/uncommitted change/, (s, c) => s.dirty(c, 'modified')],
  'an untracked file': [/untracked file/, (s, c) => s.dirty(c, 'untracked')],
  'an ignored file': [/ignored file/, (s, c) => s.dirty(c, 'ignored')],
  'a nested repository': [/nested/, (s, c) => s.git(c, 'init', '-q', 'node_modules/inner')],
  'a lock': [/a lock \(refs\/heads\/main\.lock\)/, (_, c) => write(c, '.git/refs/heads/main.lock')],
  'an index lock': [/index\.lock/, (_, c) => write(c, '.git/index.lock')],
  'a submodule': [/modules among/, (_, c) => write(c, '.git/modules/x/HEAD')],
  'large files': [/lfs among/, (_, c) => write(c, '.git/lfs/objects/x')],
  'a merge under way': [/MERGE_HEAD among/, (_, c) => write(c, '.git/MERGE_HEAD')],
  'a hook': [/a hook \(pre-push\)/, (_, c) => write(c, '.git/hooks/pre-push')],
  'a working tree elsewhere': [/elsewhere/, (s, c) => s.git(c, 'config', 'core.worktree', '/tmp')],
  'a working tree elsewhere, in one line': [
    /elsewhere/,
    (_, c) => appendFileSync(join(c, '.git/config'), '[core] worktree = /tmp\n')
  ],
  'an annotated tag': [/annotated tag/, (s, c) => s.git(c, 'tag', '-m', 'one', 'v1')],
  'links to where they are': [
    /info\/[ab] among/,
    (_, c) => {
      for (const name of ['a', 'b']) symlinkSync('.', join(c, '.git/info', name))
    }
  ],
  'a pipe among the refs': [
    /refs\/heads\/p among/,
    (_, c) => execFileSync('mkfifo', [join(c, '.git/refs/heads/p')])
  ],
  'a note in a place for others': [/info\/notes among/, (_, c) => write(c, '.git/info/notes')],
  'a file among the objects': [/objects\/mine among/, (_, c) => write(c, '.git/objects/mine')],
  'a file in a directory of objects': [/objects\/aa\/x among/, (_, c) => write(c, '.git/objects/aa/x')],
  'a file instead of a directory of objects': [
    /objects\/[0-9a-f]{2} among/,
    (_, c) => {
      const free = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, '0')).find(
        (name) => !existsSync(join(c, '.git/objects', name))
      )
      write(c, `.git/objects/${free}`)
    }
  ],
  'an old kind of remote': [/branches\/x among/, (_, c) => write(c, '.git/branches/x')],
  'a link among its git files': [
    /logs among/,
    (s, c) => {
      rmSync(join(c, '.git/logs'), { recursive: true })
      symlinkSync(s.path, join(c, '.git/logs'))
    }
  ],
  'borrowed objects': [
    /borrowed/,
    (s, c) =>
      write(c, '.git/objects/info/alternates', `${join(s.path, 'remotes/charles/peon.git/objects')}\n`)
  ]
}

function write(clone: string, name: string, text = 'x\n'): void {
  mkdirSync(join(clone, name, '..'), { recursive: true })
  writeFileSync(join(clone, name), text)
}

for (const [what, [expected, prepare]] of Object.entries(HOLDINGS)) {
  test(`a look into a clone finds ${what}`, async (t) => {
    const sandbox = await useSandbox(t)
    const clone = sandbox.addClone('charles/peon')
    prepare(sandbox, clone)
    if (!what.startsWith('no remote')) sandbox.git(clone, 'remote', 'set-url', 'origin', URL_THERE)
    const work = await inspectClone(clone, HOME, 256e6)
    assert.ok(work.known, JSON.stringify(work))
    if (expected === null) assert.equal(work.value.holds, null)
    else assert.match(work.value.holds ?? 'nothing', expected)
    assert.ok(work.value.bytes > 0)
  })
}

test('nobody can tell of a clone that is damaged, or includes other settings', async (t) => {
  const sandbox = await useSandbox(t)
  const clone = sandbox.addClone('charles/peon')
  sandbox.git(clone, 'config', 'include.path', '/tmp/other')
  assert.equal((await inspectClone(clone, HOME, 256e6)).known, false)
  sandbox.git(clone, 'config', '--unset', 'include.path')
  appendFileSync(join(clone, '.git/config'), '[core] [include] path = /tmp/other\n')
  assert.equal((await inspectClone(clone, HOME, 256e6)).known, false)
  sandbox.git(clone, 'config', '--unset', 'include.path')
  writeFileSync(join(clone, '.git/refs/remotes/origin/main'), 'broken\n')
  assert.equal((await inspectClone(clone, HOME, 256e6)).known, false)
})

test('a clone without blobs, as claude-hooks makes it, holds nothing', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  const remote = join(sandbox.path, 'remotes/charles/peon.git')
  sandbox.git(remote, 'config', 'uploadpack.allowFilter', 'true')
  for (const more of [[], ['--no-checkout']]) {
    const clone = join(sandbox.path, `partial${more.length}/charles/peon`)
    sandbox.git(sandbox.path, 'clone', '-q', '--filter=blob:none', ...more, `file://${remote}`, clone)
    sandbox.git(clone, 'remote', 'set-url', 'origin', URL_THERE)
    const work = await inspectClone(clone, HOME, 256e6)
    assert.equal(work.known && work.value.holds, null, JSON.stringify(work))
  }
})

test('a bare clone that fetches into remote-tracking branches holds nothing, a mirror all', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  const remote = join(sandbox.path, 'remotes/charles/peon.git')
  const bare = join(sandbox.path, 'bare/charles/peon')
  sandbox.git(sandbox.path, 'clone', '-q', '--bare', remote, bare)
  sandbox.git(bare, 'config', 'remote.origin.fetch', '+refs/heads/*:refs/remotes/origin/*')
  sandbox.git(bare, 'fetch', '-q')
  sandbox.git(bare, 'remote', 'set-url', 'origin', URL_THERE)
  const own = await inspectClone(bare, HOME, 256e6)
  assert.equal(own.known && own.value.holds, null)
  const mirror = join(sandbox.path, 'mirror/charles/peon')
  sandbox.git(sandbox.path, 'clone', '-q', '--mirror', remote, mirror)
  const all = await inspectClone(mirror, HOME, 256e6)
  assert.equal(all.known && all.value.holds, 'no remote-tracking branch')
})

test('nothing that a clone configures is run, and nothing in it is written', async (t) => {
  const sandbox = await useSandbox(t)
  const clone = sandbox.addClone('charles/peon')
  const trap = join(sandbox.path, 'trap')
  for (const name of ['core.fsmonitor', 'core.sshCommand', 'filter.x.clean', 'core.hooksPath', 'core.pager'])
    sandbox.git(clone, 'config', name, `touch ${trap}`)
  write(clone, '.git/info/attributes', '* filter=x\n')
  const listing = () => execFileSync('find', [clone, '-printf', '%p %T@ %s\n'], { encoding: 'utf8' })
  const before = listing()
  assert.ok((await inspectClone(clone, HOME, 256e6)).known)
  assert.equal(listing(), before)
  assert.ok(!existsSync(trap))
})
