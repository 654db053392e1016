import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repoText } from '../../src/domain/fact.ts'
import {
  branchNumber,
  DEFAULT_BRANCH_PATTERN,
  parseDirectoryName,
  parseRepo,
  parseSessionKey
} from '../../src/domain/names.ts'

test('a session key tells agent, repo and number', () => {
  const key = { agent: 'boss', repo: { owner: 'charles', name: 'peon' }, number: 4 }
  assert.deepEqual(parseSessionKey('boss:charles/peon:4'), key)
})

for (const text of [
  '',
  'boss',
  'boss:charles/peon',
  'boss:charles/peon:0',
  'boss:charles/peon:04',
  'boss:charles/peon:-1',
  'boss:charles/peon:1e3',
  'boss:charles/peon:4\n',
  'boss:charles/peon:9999999999999999',
  'boss:charles/peon/x:4',
  'boss:charles:4',
  ':charles/peon:4',
  '../x:charles/peon:4',
  'boss:../peon:4',
  'boss:charles/..:4',
  'boss:charles/peon:4:5',
  '__proto__'
]) {
  test(`${JSON.stringify(text)} is no session key`, () => assert.equal(parseSessionKey(text), undefined))
}

for (const [text, ok] of [
  ['a/b', true],
  ['a-b.c_d/x', true],
  ['Charles/a__b', true],
  ['a/.x', true],
  ['a/-x', true],
  ['a/...', true],
  [`${'a'.repeat(40)}/${'b'.repeat(100)}`, true],
  [`${'a'.repeat(41)}/b`, false],
  [`a/${'b'.repeat(101)}`, false],
  ['-a/b', false],
  ['a-/b', false],
  ['a--b/c', false],
  ['a__b/c', false],
  ['a/.', false],
  ['a/..', false],
  ['a/-', false],
  ['a/b.git', false],
  ['a/b.WIKI', false],
  ['a/b.rss', false],
  ['a/b c', false],
  ['a', false],
  ['a/b/c', false],
  ['/b', false]
] as const) {
  test(`${text.slice(0, 20)} is ${ok ? 'a' : 'no'} repo`, () =>
    assert.equal(parseRepo(text) !== undefined, ok))
}

test('a name that Forgejo would refuse is refused at once, however long', () => {
  const started = performance.now()
  for (const piece of ['a', '_', '_a', '-a']) {
    const owner = `a${piece.repeat(100_000)}!`
    assert.equal(parseRepo(`${owner}/x`), undefined)
    assert.equal(parseSessionKey(`dev:${owner}/x:7`), undefined)
  }
  // As long as an owner may be: a pattern that tries every split took 80 ms for each.
  for (let times = 0; times < 200; times += 1) assert.equal(parseRepo(`a${'_a'.repeat(19)}!/x`), undefined)
  assert.ok(performance.now() - started < 5000)
})

for (const [branch, number] of [
  ['dev/7', 7],
  ['boss/6', 6],
  ['issue-12-slug', 12],
  ['feat/issue-12', 12],
  ['dev/7-fix', 7],
  ['feature-x', null],
  ['main', null],
  ['dev/2026-11-20', null],
  ['release/1.2', null],
  ['dev/7abc', null],
  ['dev/0', null],
  ['dev/99999999999999999999', null],
  ['tissue-3', null]
] as const) {
  test(`the number in ${branch} is ${number}`, () => {
    assert.equal(branchNumber(branch, new RegExp(DEFAULT_BRANCH_PATTERN)), number)
  })
}

for (const [name, clones, expected] of [
  ['charles__claude-hooks__dev%2F123', [], 'charles/claude-hooks dev/123'],
  ['charles__a__b__dev%2f1', ['charles/a__b'], 'charles/a__b dev/1'],
  ['charles__a__b__dev%2F1', ['charles/a'], 'charles/a b__dev/1'],
  ['charles__a__b__dev%2F1', ['charles/a', 'charles/a__b'], undefined],
  ['charles__a__b__dev%2F1', [], undefined],
  ['charles__peon', [], undefined],
  ['charles', [], undefined],
  ['..__peon__dev', [], undefined],
  ['charles__peon__', [], undefined]
] as const) {
  test(`${name} with clones [${clones}] is ${expected}`, () => {
    const cloned: readonly string[] = clones
    const found = parseDirectoryName(name, (repo) => cloned.includes(repoText(repo)))
    assert.equal(found && `${repoText(found.repo)} ${found.branch}`, expected)
  })
}
