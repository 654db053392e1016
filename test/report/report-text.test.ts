import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report, ReportEntry, ReportError } from '../../src/domain/report.ts'
import { createRedact } from '../../src/report/redact.ts'
import { reportText } from '../../src/report/report-text.ts'

const REPORT: Report = {
  schema: 'claude-hooks-sweep/report@1',
  run: '20261120T060000Z-4f2a',
  version: '1.0.0',
  startedAt: '2026-11-20T06:00:00.000Z',
  finishedAt: '2026-11-20T06:00:01.000Z',
  durationMs: 1000,
  dryRun: false,
  exitCode: 0,
  swept: { sessions: 0, worktrees: 0, cacheClones: 0, artifacts: 0, containers: 0 },
  skipped: { total: 0, byReason: { open: 12 } },
  rescued: 0,
  freedBytes: 0,
  gaveUp: 0,
  forgejo: { requests: 0, retries: 0 },
  entries: [],
  errors: []
}

const sessionOf = (key: string): ReportEntry => {
  const evidence = { why: 'ä "quoted"\n  "entries": []\u2028', empty: null }
  return {
    kind: 'session',
    key,
    agent: null,
    repo: null,
    number: null,
    action: 'keep',
    reason: 'open',
    evidence,
    ageMs: 1
  }
}

const error: ReportError = { kind: 'pass', code: 'CLOCK_SKEW', message: '\n  "errors": []' }

const plain = createRedact([])

for (const entries of [0, 1, 2, 3000]) {
  for (const errors of [0, 2]) {
    test(`${entries} entries and ${errors} errors are the text that JSON.stringify makes`, () => {
      const report = {
        ...REPORT,
        entries: Array.from({ length: entries }, (_, index) => sessionOf(`dev:a/b:${index}`)),
        errors: Array.from({ length: errors }, () => error)
      }
      assert.equal([...reportText(report, plain)].join(''), `${JSON.stringify(report, null, 2)}\n`)
    })
  }
}

test('a secret is redacted wherever it stands, in pieces far smaller than the whole', () => {
  const secret = 's3cret-'.repeat(9)
  const entries = Array.from({ length: 3000 }, (_, index) => sessionOf(`${'x'.repeat(index % 97)}${secret}`))
  const pieces = [...reportText({ ...REPORT, entries }, createRedact([secret]))]
  const text = pieces.join('')
  assert.equal(text.includes('s3cret'), false)
  assert.equal(text.split('[redacted]').length, 3001)
  assert.ok(pieces.length > 5 && pieces.every(({ length }) => length < 100_000))
})
