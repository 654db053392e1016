import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  isCacheDirectory,
  isLocalSettings,
  isOfTool,
  isOutputDirectory,
  isRebuildable
} from '../../src/domain/rebuildable.ts'

for (const [path, rebuildable] of [
  ['src/x.pyc', true],
  ['packages/a/node_modules/x/.env', true],
  ['src/mine.egg-info/PKG-INFO', true],
  ['.DS_Store', true],
  ['.env', false],
  ['bin/.env', false],
  ['data/out/result.csv', false],
  ['settings.local.json', false],
  ['run.log', false],
  ['.notes.md.swp', false],
  ['dist', false],
  ['notes/node_modules', false]
] as const) {
  test(`an ignored file ${path} ${rebuildable ? 'is made anew by a build' : 'exists nowhere else'}`, () => {
    assert.equal(isRebuildable(path), rebuildable)
  })
}

for (const [path, cache, output] of [
  ['node_modules', true, false],
  ['packages/a/.venv/lib', true, false],
  ['src/mine.egg-info', true, false],
  ['dist', false, true],
  ['packages/a/target', false, true],
  ['target/debug', false, false],
  ['data', false, false]
] as const) {
  test(`a directory ${path} is ${cache ? 'a cache' : output ? 'an output' : 'neither cache nor output'}`, () => {
    assert.deepEqual([isCacheDirectory(path), isOutputDirectory(path)], [cache, output])
  })
}

test('settings of a user are known by their name, sockets of a tool by where they are', () => {
  assert.deepEqual(['.env', 'bin/.env.local', 'x.env', '.environment'].map(isLocalSettings), [
    true,
    true,
    false,
    false
  ])
  assert.deepEqual(
    ['node_modules/x/socket', 'build/socket', 'build', 'src/socket', 'bin/.gitignore'].map(isOfTool),
    [true, true, false, false, false]
  )
})
