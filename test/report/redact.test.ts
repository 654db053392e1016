import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRedact } from '../../src/report/redact.ts'

for (const [name, secrets, text, expected] of [
  ['a secret that comes twice', ['abc'], 'abc.abc', '[redacted].[redacted]'],
  ['a secret that begins another', ['abc', 'abcdef'], 'x abcdef y', 'x [redacted] y'],
  ['a secret that ends another', ['def', 'abcdef'], 'x abcdef y', 'x [redacted] y'],
  ['a secret as JSON writes it', ['a"b\\c'], String.raw`{"x":"a\"b\\c"}`, '{"x":"[redacted]"}'],
  ['a secret as a URL writes it', ['a/b+c'], '?t=a%2Fb%2Bc', '?t=[redacted]'],
  ['a secret that a regular expression would read', ['.*$&'], 'abc .*$& $&', 'abc [redacted] $&'],
  ['no secret, and an empty one', [''], 'abc', 'abc']
] as const) {
  test(`redacted: ${name}`, () => assert.equal(createRedact(secrets)(text), expected))
}
