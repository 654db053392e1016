import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatBytes } from '../../src/domain/summary.ts'

for (const [bytes, text] of [
  [0, '0.0 B'],
  [999, '999.0 B'],
  [999.96, '1.0 kB'],
  [3_400_000_000, '3.4 GB'],
  [5e15, '5000.0 TB']
] as const) {
  test(`${bytes} bytes are written ${text}`, () => assert.equal(formatBytes(bytes), text))
}
