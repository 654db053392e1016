import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everydayFlags } from '../../src/cli/everyday-flags.ts'
import { parseCommandLine } from '../../src/cli/program.ts'

const silent = { stdout: () => {}, stderr: () => {} }

for (const argv of [[], ['sweep'], ['--env-file', '/a b'], ['sweep', '--env-file', './sweep.env']]) {
  test(`without the parser as with it: ${JSON.stringify(argv)}`, () => {
    const parsed = parseCommandLine(argv, '', '', silent)
    // The parser's own object has no prototype to tell of.
    assert.deepEqual({ kind: 'sweep', flags: everydayFlags(argv) }, structuredClone(parsed))
  })
}

for (const argv of [
  ['-n'],
  ['status'],
  ['--env-file'],
  ['--env-file', ''],
  ['--env-file', '-x'],
  ['sweep', 'x']
]) {
  test(`left to the parser: ${JSON.stringify(argv)}`, () => {
    assert.equal(everydayFlags(argv), undefined)
  })
}
