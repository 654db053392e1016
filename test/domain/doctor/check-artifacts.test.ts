import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkArtifacts } from '../../../src/domain/doctor/check-artifacts.ts'
import { known, unknown } from '../../../src/domain/fact.ts'

test('a line for each directory, each pattern that means nothing, and the database', () => {
  const checks = checkArtifacts({
    homes: [
      { path: '/a/.claude', person: null },
      { path: '/b/.claude', person: 'a shell has its history beside it' }
    ],
    logDirs: ['/a/logs'],
    refused: [{ path: '/c/.claude', why: 'is a symbolic link' }],
    unmatched: ['/d/*/.claude'],
    activeDb: { path: '/db', ids: known(3) }
  })
  assert.deepEqual(
    checks.map(({ name, outcome, exitCode }) => [name, outcome, exitCode]),
    [
      ['/a/.claude', 'ok', 0],
      ['/b/.claude', 'warning', 0],
      ['/a/logs', 'ok', 0],
      ['/c/.claude', 'wrong', 1],
      ['/d/*/.claude', 'warning', 1],
      ['SWEEPER_ACTIVE_DB', 'ok', 0]
    ]
  )
})

test('a database that cannot be read is wrong, none is no line', () => {
  const none = { homes: [], logDirs: [], refused: [], unmatched: [] }
  const broken = { path: '/db', ids: unknown('ACTIVE_IDS_UNKNOWN', 'it is locked') }
  assert.deepEqual(checkArtifacts({ ...none, activeDb: null }), [])
  assert.equal(checkArtifacts({ ...none, activeDb: broken })[0]?.outcome, 'wrong')
})
