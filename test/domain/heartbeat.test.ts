import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillPattern, parseHeartbeatPattern, transcriptPattern } from '../../src/domain/heartbeat-pattern.ts'
import { parsePathGlob } from '../../src/domain/path-glob.ts'

for (const text of [
  'beats/{session}',
  '/{session}',
  '/srv/beats',
  '/srv/{agent}/beat',
  '/srv/{id}/{session}',
  '/srv/../{number}'
]) {
  test(`${text} is no pattern of heartbeats`, () => {
    assert.equal(parseHeartbeatPattern(text), undefined)
  })
}

const SESSION = {
  agent: 'dev',
  repo: { owner: 'Charles', name: 'peon' },
  number: 7,
  ids: ['a1', 'b/2', 'c[3', '..', 'd*']
}

/** Where a pattern leads to; what is no fixed name as `*`. */
const filled = (text: string, session = SESSION) => {
  const pattern = parseHeartbeatPattern(text)
  assert.ok(pattern)
  const paths = fillPattern(pattern, session)
  return paths.map((names) => [pattern.base, ...names.map(({ literal }) => literal ?? '*')].join('/'))
}

test('a pattern is filled for each id that a file can be named after', () => {
  assert.deepEqual(filled('/srv/*/{session}/.heartbeat'), [
    '/srv/*/a1/.heartbeat',
    '/srv/*/c[3/.heartbeat',
    '/srv/*/d*/.heartbeat'
  ])
  assert.deepEqual(filled('/srv/{agent}/{session}', { ...SESSION, ids: [] }), [])
})

test('a pattern without an id is filled for a session that is gone as well; a repo in lower case, too', () => {
  assert.deepEqual(filled('/srv/{agent}/{owner}__{repo}/{number}-{number}', { ...SESSION, ids: [] }), [
    '/srv/dev/Charles__peon/7-7',
    '/srv/dev/charles__peon/7-7'
  ])
})

test('an id beside a star means itself alone', () => {
  const pattern = parseHeartbeatPattern('/srv/beats/x-{session}*.h?')
  assert.ok(pattern)
  const [[name] = []] = fillPattern(pattern, { ...SESSION, ids: ['d*.'] })
  const names = ['x-d*..hb', 'x-d*.more.hb', 'x-dd..hb', 'x-d*.hb', 'y-d*..hb', '.x-d*..hb']
  assert.deepEqual(
    names.filter((one) => name?.matches(one)),
    ['x-d*..hb', 'x-d*.more.hb']
  )
  const [[any] = []] = fillPattern({ text: '', base: '/srv', names: ['*'] }, SESSION)
  assert.deepEqual(
    ['.hidden', 'seen'].filter((one) => any?.matches(one)),
    ['seen']
  )
})

test('the transcripts below a home', () => {
  const home = parsePathGlob('/srv/agents/*/.claude/')
  assert.ok(home)
  const { text, base, names } = transcriptPattern(home) ?? {}
  assert.equal(text, '/srv/agents/*/.claude/projects/*/{session}.jsonl')
  assert.equal(base, '/srv/agents')
  assert.deepEqual(names, ['*', '.claude', 'projects', '*', '{session}.jsonl'])
})
