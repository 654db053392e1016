import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from '../../src/domain/nearest.ts'

const NAMES = ['boss:charles/peon:4', 'dev:charles/peon:7', 'dev/charles__peon__dev%2F7', 'x:zoe/other:1']

for (const [text, expected] of [
  ['dev:charles/peon:8', ['dev:charles/peon:7', 'boss:charles/peon:4']],
  ['DEV:CHARLES/PEON:7', ['dev:charles/peon:7', 'boss:charles/peon:4']],
  ['charles__peon__dev%2F7', ['dev/charles__peon__dev%2F7', 'dev:charles/peon:7']],
  ['peon:7', ['dev:charles/peon:7', 'boss:charles/peon:4']],
  ['qqqq', []],
  ['', []]
] as const) {
  test(`nearest to ${JSON.stringify(text)}: ${expected.join(' ') || 'none'}`, () => {
    assert.deepEqual(nearest(text, NAMES, 2), expected)
  })
}

test('names that are nothing are like nothing', () => assert.deepEqual(nearest('', [''], 2), []))
