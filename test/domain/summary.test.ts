import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../src/domain/report.ts'
import { formatBytes, summarize } from '../../src/domain/summary.ts'

for (const [bytes, text] of [
  [0, '0.0 B'],
  [999, '999.0 B'],
  [999.96, '1.0 kB'],
  [3_400_000_000, '3.4 GB'],
  [5e15, '5000.0 TB']
] as const) {
  test(`${bytes} bytes are written ${text}`, () => assert.equal(formatBytes(bytes), text))
}

const REPORT: Report = {
  schema: 'claude-hooks-sweep/report@1',
  run: '20261120T060000Z-4f2a',
  version: '1.0.0',
  startedAt: '2026-11-20T06:00:00.000Z',
  finishedAt: '2026-11-20T06:00:00.000Z',
  durationMs: 0,
  dryRun: false,
  exitCode: 0,
  swept: { sessions: 3, worktrees: 2, cacheClones: 0, artifacts: 0, containers: 0 },
  skipped: { total: 12, byReason: { open: 10, 'open-pull': 1, busy: 1 } },
  rescued: 0,
  freedBytes: 0,
  gaveUp: 0,
  forgejo: { requests: 0, retries: 0 },
  entries: [],
  errors: []
}
const error = { kind: 'pass', code: 'CLOCK_SKEW', message: '' } as const
const HEAD = '3 sessions, 2 worktrees, 0 cache clones; skipped: '

for (const [name, report, line] of [
  ['all kept are active', {}, `swept: ${HEAD}12 (still active)`],
  ['a dry run', { dryRun: true }, `would sweep: ${HEAD}12 (still active)`],
  [
    'some are not',
    { skipped: { total: 15, byReason: { open: 12, 'not-found': 2, unknown: 1 } } },
    `swept: ${HEAD}15 (12 still active, 2 not found, 1 unknown)`
  ],
  ['none is', { skipped: { total: 2, byReason: { 'not-found': 2 } } }, `swept: ${HEAD}2 (2 not found)`],
  ['none was kept', { skipped: { total: 0, byReason: {} } }, `swept: ${HEAD}0 (still active)`],
  [
    'one of each',
    { swept: { sessions: 1, worktrees: 1, cacheClones: 1, artifacts: 0, containers: 0 } },
    'swept: 1 sessions, 1 worktrees, 1 cache clones; skipped: 12 (still active)'
  ],
  [
    'everything else',
    {
      swept: { ...REPORT.swept, artifacts: 14, containers: 1 },
      rescued: 1,
      freedBytes: 3.4e9,
      gaveUp: 1,
      errors: [error, error]
    },
    `swept: ${HEAD}12 (still active); rescued: 1; artifacts: 14; containers: 1; freed: 3.4 GB; gave up: 1; errors: 2`
  ]
] as const) {
  test(`the summary when ${name}`, () => assert.equal(summarize({ ...REPORT, ...report }), line))
}
