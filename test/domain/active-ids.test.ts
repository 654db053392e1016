import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActiveIds, idsOf } from '../../src/domain/active-ids.ts'
import type { ArtifactType } from '../../src/domain/artifact.ts'

const UUID = '0b0e7c1e-9d3c-4b7e-8f0a-111111111111'
const LONGER = `${UUID}2`

const ENTRIES: readonly [what: string, entry: unknown, ids: readonly string[]][] = [
  ['a bare id', UUID, [UUID]],
  ['sessionId', { sessionId: 'a' }, ['a']],
  ['session_id', { session_id: 'a' }, ['a']],
  ['id', { id: 'a', updatedAt: 1 }, ['a']],
  ['several', { id: 'a', sessionId: 'b' }, ['a', 'b']],
  ['a UUID in another field', { note: `resumes ${UUID}`, id: 'a' }, [UUID, 'a']],
  ['a UUID with more around it', `claude:${UUID}`, [`claude:${UUID}`, UUID]],
  ['ids in a list', { id: ['a', { x: 'b', id: 'c' }], list: ['d', UUID] }, ['a', 'c', UUID]],
  ['a list', ['a', 7], ['a', '7']],
  ['no id', { branch: 'dev/7', number: 7, open: true }, []],
  ['nothing', '', []],
  ['an empty id', { id: '' }, []],
  ['a number', { id: 7 }, ['7']],
  ['no object', 7, ['7']],
  ['neither', true, []],
  ['null', null, []]
]

for (const [what, entry, ids] of ENTRIES) {
  test(`ids of an entry: ${what}`, () => assert.deepEqual(idsOf(entry), ids))
}

const NAMES: readonly [type: ArtifactType, id: string, name: string, spared: boolean][] = [
  ['transcript', UUID, `${UUID}.jsonl`, true],
  ['transcript', UUID, `${LONGER}.jsonl`, false],
  ['transcript', UUID, `x-${UUID}.jsonl`, false],
  ['debug', UUID, `${UUID}.txt`, true],
  ['debug', UUID, UUID, true],
  ['debug', UUID, `${UUID}.txt.1`, true],
  ['debug', 'a.b', 'a.b.txt', true],
  ['debug', UUID, `${LONGER}.txt`, false],
  ['debug', 's-1', 's-1-2.txt', false],
  ['debug', UUID, 'other', false],
  ['todo', UUID, `${UUID}-agent-${UUID}.json`, true],
  ['todo', UUID, `other-agent-${UUID}.json`, true],
  ['todo', UUID, `${UUID}-agent-other.json`, true],
  ['todo', UUID, `${LONGER}-agent-${LONGER}.json`, false],
  ['todo', UUID, `x-${UUID}-agent-y.json`, true],
  ['todo', 's-1', 's-1-agent-s-1.json', true],
  ['todo', 's-1', 's-1-2-agent-s-1-2.json', false],
  ['todo', 's-1', 's-1.json', true],
  ['todo', 'abc', 'abcd.json', false],
  ['telemetry', UUID, `1p_failed_events.${UUID}.${LONGER}.json`, true],
  ['telemetry', UUID, `1p_failed_events.${LONGER}.json`, false],
  ['telemetry', UUID, `1p_failed_events.a${UUID}.json`, false],
  ['telemetry', 's1', 'events_s1.json', true],
  ['telemetry', 's1', 'events_s10.json', false],
  ['telemetry', 'S1', 'events_S1', true],
  ['telemetry', 'long-id', 'long', false],
  ['transcript', UUID.toUpperCase(), `${UUID}.jsonl`, true],
  ['debug', UUID, `${UUID.toUpperCase()}.txt`, true],
  ['todo', 'A1', 'a1-agent-x.json', true],
  ['telemetry', '_s1.', 'events_s1.json', true],
  ['telemetry', '.*', 'events.json', false],
  ['log', UUID, `${UUID}.log`, false]
]

for (const [type, id, name, spared] of NAMES) {
  test(`${id} ${spared ? 'spares' : 'does not spare'} the ${type} ${name}`, () => {
    assert.equal(new ActiveIds([id, 'unrelated-and-of-another-length']).spares(type, name), spared)
  })
}

test('no id spares nothing', () => assert.equal(new ActiveIds([]).spares('transcript', '.jsonl'), false))
