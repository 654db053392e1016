import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { dropEntries, readStore } from '../../src/host/store.ts'
import { StoreText } from '../../src/host/store-text.ts'
import { hasCommand } from '../support/has-command.ts'

function useStore(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-store-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'sessions.json')
  writeFileSync(path, text)
  return path
}

const drop = (path: string, ...keys: string[]) => {
  const { entries } = readStore(path)
  return dropEntries(
    path,
    keys.flatMap((key) => entries.get(key) ?? []),
    'run'
  )
}

for (const [name, before, keys, after] of [
  ['the first', '{"a":1, "b":2,\n"c":3}', ['a'], '{"b":2,\n"c":3}'],
  ['one between', '{"a":1, "b":2,\n"c":3}', ['b'], '{"a":1,\n"c":3}'],
  ['the last', '{ "a":1, "b":2,\n"c":3 }', ['c'], '{ "a":1, "b":2 }'],
  ['all', ' {\n "a":1,\n "b":2\n}\n', ['a', 'b'], ' {}\n'],
  ['first and last', '{"a":1,"b":{"c":[1,{"d":"}"}]},"c":3}', ['a', 'c'], '{"b":{"c":[1,{"d":"}"}]}}'],
  ['none', '{"a":1}', ['x'], '{"a":1}'],
  ['a key that stands twice', '{"a":1,"b":2,"a":3}', ['a'], '{"b":2}'],
  ['a key written with escapes', '{"\\u0061":1,"b":2}', ['a'], '{"b":2}'],
  ['__proto__', '{"__proto__":1,"b":2}', ['__proto__'], '{"b":2}'],
  ['with CRLF', '{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n', ['a'], '{\r\n  "b": 2\r\n}\r\n']
] as const) {
  test(`cutting ${name} leaves the rest byte for byte`, () => {
    assert.equal(new StoreText(before).without(new Set<string>(keys)), after)
  })
}

test('cutting any keys out of any store leaves the others, as they were written', () => {
  const json = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: false })
  fc.assert(
    fc.property(json, fc.func(fc.boolean()), fc.constantFrom(undefined, 1, '\t'), (store, isCut, indent) => {
      const text = JSON.stringify(store, null, indent)
      const before = new StoreText(text).entries()
      const cut = new Set([...before.keys()].filter((key) => isCut(key)))
      const after = new StoreText(new StoreText(text).without(cut)).entries()
      const kept = [...before].filter(([key]) => !cut.has(key))
      assert.deepEqual([...after], kept)
    })
  )
})

/** Any text that a few edits make of JSON. */
const nearlyJson = fc
  .tuple(
    fc.json(),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'{}[]",:\\ \n0aé\u0001/*')), { maxLength: 3 })
  )
  .map(([text, edits]) =>
    edits.reduce((edited, [at, character]) => {
      const place = at % (edited.length + 1)
      return `${edited.slice(0, place)}${character}${edited.slice(place + (at % 2))}`
    }, text)
  )

/** The keys of an object, as `JSON.parse` reads the text; null when it is none. */
function parsedKeys(text: string): string[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : null
  } catch {
    return null
  }
}

test('a store is what JSON.parse takes for an object, nothing else', () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: false })
  const text = fc.oneof(
    nearlyJson,
    nearlyJson.map((inner) => `{"a":${inner}}`),
    object.map((value) => JSON.stringify(value))
  )
  fc.assert(
    fc.property(text, (json) => {
      const keys = parsedKeys(json)
      if (keys === null) assert.throws(() => new StoreText(json), SyntaxError)
      else assert.deepEqual([...new StoreText(json).entries().keys()].sort(), keys.sort())
    }),
    { numRuns: 2_000 }
  )
})

for (const text of [
  '{"a":1}x',
  '{"a":1,}',
  '{"a":1 "b":2}',
  '{a:1}',
  '{"a":01}',
  '{"a":1}/* */',
  '\ufeff{}',
  '[1]',
  '1',
  '',
  '{"a":NaN}',
  '{"a":"\t"}',
  '{"a\\x":1}'
]) {
  test(`${JSON.stringify(text)} is no store`, () => {
    assert.throws(() => new StoreText(text), SyntaxError)
  })
}

test('mode and owner stay, nothing is left beside the store', (t) => {
  const path = useStore(t, '{"a":1,"b":2}')
  chmodSync(path, 0o604)
  if (process.getuid?.() === 0) execFileSync('chown', ['1234:4321', path])
  const before = statSync(path)
  assert.deepEqual([...drop(path, 'a')], ['a'])
  const after = statSync(path)
  assert.deepEqual([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid])
  assert.deepEqual(readdirSync(join(path, '..')), ['sessions.json'])
})

test('a store behind a link stays behind it', (t) => {
  const path = useStore(t, '{"a":1,"b":2}')
  const link = `${path}.link`
  symlinkSync(path, link)
  drop(link, 'b')
  assert.equal(readFileSync(path, 'utf8'), '{"a":1}')
})

test('an entry that the service touched meanwhile stays', (t) => {
  const path = useStore(t, '{"a":1,"b":2}')
  const { entries } = readStore(path)
  writeFileSync(path, '{"a":9,"b":2,"c":3}')
  const dropped = dropEntries(path, [...entries.values()], 'run')
  assert.deepEqual([...dropped], ['b'])
  assert.equal(readFileSync(path, 'utf8'), '{"a":9,"c":3}')
})

test('a store that is nested too deeply is refused for that', (t) => {
  const path = useStore(t, `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)
  assert.throws(() => readStore(path), { code: 'STORE_CORRUPT', message: /is nested too deeply/ })
})

test('a store larger than 256 MiB is refused without reading it', (t) => {
  const path = useStore(t, '{}')
  execFileSync('truncate', ['-s', '1G', path])
  assert.throws(() => readStore(path), { code: 'STORE_CORRUPT', message: /larger than 256 MiB/ })
})

const STORE = new URL('../../src/host/store.js', import.meta.url).href

/** Drops `a` in a process whose every fsync takes half a second. */
const slowDrop = (path: string): string => `
  const { dropEntries, readStore } = await import(${JSON.stringify(STORE)})
  const path = ${JSON.stringify(path)}
  dropEntries(path, [readStore(path).entries.get('a')], 'run')`

const skip = hasCommand('strace') ? false : 'strace is not installed'

test('what the service writes between the re-read and the rename is not lost', { skip }, async (t) => {
  const path = useStore(t, '{"a":1,"b":2}')
  const slow = ['-f', '-qq', '-o', '/dev/null', '-e', 'inject=fsync:delay_enter=500000']
  const script = ['--input-type=module', '-e', slowDrop(path)]
  const child = spawn('strace', [...slow, process.execPath, ...script], { stdio: 'inherit' })
  const temporary = join(path, '..', '.sessions.json.run.tmp')
  while (!existsSync(temporary)) await new Promise((resolve) => setTimeout(resolve, 5))
  writeFileSync(`${path}.new`, '{"a":1,"b":2,"c":3}')
  renameSync(`${path}.new`, path)
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.equal(readFileSync(path, 'utf8'), '{"b":2,"c":3}')
})

for (const [name, before, after] of [
  ['an empty store', '{}', '{"b": 2}'],
  ['a store on one line', '{"a":1}', '{"a":1,"b":2}'],
  ['a store on several lines', '{\n  "a": 1.0\n}\n', '{\n  "a": 1.0,\n  "b": 2\n}\n'],
  ['an odd layout', '{ "a" :[1, 2] }', '{ "a" :[1, 2], "b" :2 }']
] as const) {
  test(`an entry is put back into ${name} as the rest is laid out`, () => {
    assert.equal(new StoreText(before).with([{ key: 'b', text: '2' }]), after)
  })
}
