import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillUnit, isProgramPath, isUnitPath, unitWord } from '../../src/host/unit-text.ts'

const WORDS: readonly (readonly [path: string, word: string])[] = [
  ['/usr/bin/node', '/usr/bin/node'],
  ['/home/a b/node', '"/home/a b/node"'],
  ['/home/100%h/node', '/home/100%%h/node'],
  ['/home/$HOME/node', '/home/$HOME/node'],
  ['/a:b', '"/a:b"'],
  [`/it's "so" \\n`, `"/it's \\"so\\" \\\\n"`],
  ['/größe', '"/größe"'],
  ['', '""']
]

test('a path stands in a unit for itself', () => {
  for (const [path, word] of WORDS) assert.equal(unitWord(path), word)
})

test('what systemd cannot name, or not run, is known', () => {
  for (const path of ['/a b', `/it's`, '/\\']) assert.ok(isUnitPath(path), path)
  for (const path of ['/a\nb', '/a\u007f']) assert.equal(isUnitPath(path), false)
  for (const path of [`/it's`, '/"', '/\\', '/a\nb']) assert.equal(isProgramPath(path), false)
  assert.ok(isProgramPath('/a $b %c'))
})

test('a template is filled in once, whatever the words hold', () => {
  assert.equal(fillUnit('A=@ONE@ @TWO@ @NONE@', { ONE: '@TWO@', TWO: '$&' }), 'A=@TWO@ $& @NONE@')
})
