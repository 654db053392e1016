import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fixedPart, parsePathGlob } from '../../src/domain/path-glob.ts'

for (const text of [
  '',
  '/',
  '//',
  '/srv',
  '/*',
  '/*/logs',
  '/?rv/logs',
  'srv/logs',
  '~/logs',
  '/srv/../etc',
  '/srv/./logs',
  '/srv//logs',
  '/srv/**/logs',
  '/srv/{a,b}/logs',
  '/srv/[ab]/logs',
  '/srv/a\0b'
]) {
  test(`${JSON.stringify(text)} is no pattern`, () => assert.equal(parsePathGlob(text), undefined))
}

test('names before the first pattern are the base', () => {
  const glob = parsePathGlob('/srv/agents/*/.claude/')
  assert.equal(glob?.base, '/srv/agents')
  assert.deepEqual(
    glob?.names.map(({ literal }) => literal),
    [null, '.claude']
  )
  assert.equal(glob && fixedPart(glob), '/srv/agents')
})

test('without a pattern the last name is left to be looked at', () => {
  const glob = parsePathGlob('/srv/agents/dev/.claude/')
  assert.equal(glob?.base, '/srv/agents/dev')
  assert.equal(glob && fixedPart(glob), '/srv/agents/dev/.claude')
})

const MATCHES: readonly [pattern: string, name: string, does: boolean][] = [
  ['*', 'dev', true],
  ['*', '.dev', false],
  ['.*', '.dev', true],
  ['d?v', 'dev', true],
  ['d?v', 'deev', false],
  ['a.b*', 'axb', false],
  ['a.b*', 'a.bc', true],
  ['a+(b)|*', 'a+(b)|', true],
  ['dev', 'dev', true],
  ['dev', 'DEV', false]
]

for (const [pattern, name, does] of MATCHES) {
  test(`${pattern} ${does ? 'matches' : 'does not match'} ${name}`, () => {
    assert.equal(parsePathGlob(`/srv/${pattern}`)?.names[0]?.matches(name), does)
  })
}
