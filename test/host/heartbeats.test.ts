import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { parseHeartbeatPattern } from '../../src/domain/heartbeat-pattern.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { Heartbeats } from '../../src/host/heartbeats.ts'

const NOW = Date.UTC(2026, 10, 20)
const SESSION = { agent: 'dev', repo: { owner: 'charles', name: 'peon' }, number: 7, ids: ['a1', 'b2'] }

function setUp(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-beats-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const touch = (name: string, minutesAgo: number) => {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
    utimesSync(path, NOW / 1000, (NOW - minutesAgo * MINUTE) / 1000)
  }
  const ageOf = (text: string, session = SESSION) => {
    const pattern = parseHeartbeatPattern(join(directory, text))
    assert.ok(pattern)
    const age = new Heartbeats([pattern], NOW).ageOf(session)
    return age.known ? age.value && age.value / MINUTE : age.code
  }
  return { directory, touch, ageOf }
}

test('the newest file of any id counts, whatever directory it is in', (t) => {
  const { touch, ageOf } = setUp(t)
  touch('x/a1/.heartbeat', 30)
  touch('y/a1/.heartbeat', 20)
  touch('x/b2/.heartbeat', 25)
  touch('x/other/.heartbeat', 1)
  assert.equal(ageOf('*/{session}/.heartbeat'), 20)
})

test('a heartbeat of the future is of now', (t) => {
  const { touch, ageOf } = setUp(t)
  touch('dev-7', -60)
  assert.equal(ageOf('{agent}-{number}'), 0)
})

test('no file, a directory in its place and a link to nothing are no heartbeat', (t) => {
  const { directory, touch, ageOf } = setUp(t)
  touch('file', 1)
  assert.equal(ageOf('{session}/.heartbeat'), null)
  assert.equal(ageOf('file/{session}/.heartbeat'), null)
  assert.equal(ageOf('file/*/{session}'), null)
  mkdirSync(join(directory, 'a1'))
  symlinkSync('nowhere', join(directory, 'b2'))
  assert.equal(ageOf('{session}'), null)
})

test('where the fixed part of the path is not there, nobody knows of heartbeats', (t) => {
  const { ageOf } = setUp(t)
  assert.equal(ageOf('unmounted/{session}'), 'HEARTBEAT_UNREADABLE')
})

test('what is below a pattern is looked for in what each directory holds', (t) => {
  const { touch, ageOf } = setUp(t)
  touch('a/projects/x/a1.jsonl', 9)
  touch('b/projects/y/b2.jsonl', 8)
  touch('c/others/z/a1.jsonl', 1)
  assert.equal(ageOf('*/projects/*/{session}.jsonl'), 8)
})

test('a heartbeat behind a link counts', (t) => {
  const { directory, touch, ageOf } = setUp(t)
  touch('real/a1', 5)
  symlinkSync('real', join(directory, 'link'))
  assert.equal(ageOf('link/{session}'), 5)
})

test('what cannot be read is unknown', (t) => {
  const { directory, ageOf } = setUp(t)
  symlinkSync('loop', join(directory, 'loop'))
  assert.equal(ageOf('loop/{session}'), 'HEARTBEAT_UNREADABLE')
})
