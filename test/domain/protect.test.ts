import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseProtectPattern, protectedBy } from '../../src/domain/protect.ts'

const repo = { owner: 'Charles', name: 'peon' }

for (const [text, isProtected] of [
  ['boss:*', true],
  ['boss:charles/*', true],
  ['boss:charles/peon:4', true],
  ['*:charles/peon:*', true],
  ['charles/peon', true],
  ['charles/*', true],
  ['*/peon', true],
  ['dev:*', false],
  ['boss:charles/peon:5', false],
  ['charles/pe', false],
  ['charles/peo.', false]
] as const) {
  test(`${text} ${isProtected ? 'protects' : 'leaves'} boss:Charles/peon:4`, () => {
    const pattern = parseProtectPattern(text)
    assert.ok(pattern)
    assert.equal(protectedBy([pattern], 'boss', repo, 4), isProtected ? text : null)
  })
}

test('a worktree without a number is protected by its agent or repo', () => {
  const pattern = parseProtectPattern('boss:*')
  assert.equal(pattern && protectedBy([pattern], 'boss', repo, null), 'boss:*')
})

for (const text of [
  '',
  'boss',
  'boss:',
  'boss:charles',
  'boss:charles/peon',
  'charles/peon:4',
  '(a|b)/c',
  'a/b/c',
  'a b/c'
]) {
  test(`${JSON.stringify(text)} is no pattern`, () => assert.equal(parseProtectPattern(text), undefined))
}
