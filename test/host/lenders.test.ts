import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { readClones } from '../../src/host/clones.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const clone = (sandbox: Sandbox, from: string, to: string, ...how: string[]) =>
  sandbox.git(sandbox.path, 'clone', '-q', '--shared', ...how, from, join(sandbox.cacheDir, 'repos', to))

/** Who needs a clone's objects, and why it stays; the first is nobody. */
const BORROWERS: Readonly<Record<string, readonly [RegExp, (sandbox: Sandbox, gone: string) => unknown]>> = {
  nobody: [/^$/, () => {}],
  'a bare clone by another name': [/needs/, (s, gone) => clone(s, gone, 'charles/gone.git', '--bare')],
  'a clone at the first level': [/needs/, (s, gone) => clone(s, gone, 'x..y')],
  'a clone behind a link': [
    /needs/,
    (s, gone) => {
      clone(s, gone, '../../elsewhere')
      symlinkSync(join(s.path, 'elsewhere'), join(gone, '../link'))
    }
  ],
  'a clone with its git directory elsewhere': [
    /needs/,
    (s, gone) => clone(s, gone, 'charles/far', `--separate-git-dir=${join(s.path, 'far')}`)
  ],
  'a clone that borrows from a borrower elsewhere': [
    /needs/,
    (s, gone) => {
      clone(s, gone, '../../elsewhere')
      clone(s, join(s.path, 'elsewhere'), 'charles/second')
    }
  ],
  'a link to its git directory': [
    /needs/,
    (_, gone) => {
      mkdirSync(join(gone, '../alias'))
      symlinkSync('../gone/.git', join(gone, '../alias/.git'))
    }
  ],
  'a quoted line': [/no plain path/, (s, gone) => alternates(s, gone, `"${gone}/.git/objects"\n`)],
  'a comment': [/no plain path/, (s, gone) => alternates(s, gone, '# mine\n')],
  'a lender that is gone': [
    /cannot be told/,
    (s, gone) => {
      clone(s, gone, 'charles/borrower')
      s.addClone('charles/other')
      appendFileSync(join(gone, '../borrower/.git/objects/info/alternates'), '/nowhere\n')
    }
  ]
}

function alternates(sandbox: Sandbox, gone: string, text: string): void {
  sandbox.addClone('charles/odd')
  writeFileSync(join(gone, '../odd/.git/objects/info/alternates'), text)
}

for (const [what, [expected, prepare]] of Object.entries(BORROWERS)) {
  test(`whether a clone may go that is needed by ${what}`, async (t) => {
    const sandbox = await useSandbox(t)
    prepare(sandbox, sandbox.addClone('charles/gone'))
    const root = new CacheRoot(sandbox.cacheDir)
    t.after(() => root.close())
    const place = readClones(root, 0).find(({ repo }) => repo.name === 'gone')?.place
    assert.ok(place)
    assert.match(place.known ? '' : place.why, expected)
  })
}

test('who borrows from a clone that was moved cannot be overlooked', async (t) => {
  const sandbox = await useSandbox(t)
  const gone = sandbox.addClone('charles/gone')
  clone(sandbox, gone, 'charles/borrower')
  renameSync(gone, join(sandbox.path, 'moved'))
  const root = new CacheRoot(sandbox.cacheDir)
  t.after(() => root.close())
  const [borrower] = readClones(root, 0)
  assert.match(borrower && !borrower.place.known ? borrower.place.why : '', /cannot be told/)
})
