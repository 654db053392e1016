import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InventoryRow, Status } from '../../src/domain/inventory.ts'
import { renderStatus } from '../../src/report/status.ts'

const row = (agent: string, repo: string): InventoryRow => ({
  agent,
  repo,
  sessions: 12,
  oldestSessionMs: 9e8,
  worktrees: 3,
  oldestWorktreeMs: null,
  bytes: 1.2e9,
  whole: false,
  orphans: 0
})

const status = (...rows: InventoryRow[]): Status => ({
  at: 0,
  rows,
  gaveUp: [],
  rescues: [],
  cacheClones: [],
  lastPass: null
})

for (const columns of [80, 100, 160]) {
  for (const [agent, repo] of [
    ['dev', 'an-owner-with-a-long-name/a-repository-with-a-long-name'],
    ['an-agent-with-a-name-that-goes-on-and-on-and-on', 'a/b'],
    [
      'an-agent-with-a-name-that-goes-on-and-on-and-on',
      'an-owner-with-a-long-name/a-repository-with-a-long-name'
    ]
  ] as const) {
    test(`a line of ${agent} on ${repo} fits ${columns} columns`, () => {
      const lines = renderStatus(status(row(agent, repo)), columns)
        .split('\n')
        .slice(0, 3)
      for (const line of lines) assert.ok(line.length <= columns, `${line.length}: ${line}`)
      assert.match(lines[1] ?? '', / {2}12 +10d +3 +- {2}≥ 1\.2 GB +0$/)
    })
  }
}

test('no end to the width: nothing is shortened, and no name moves the cursor', () => {
  const [, line = ''] = renderStatus(
    status(row('d\u001b[2J', 'x'.repeat(300))),
    Number.POSITIVE_INFINITY
  ).split('\n')
  assert.ok(line.startsWith(`d\\x1b[2J  ${'x'.repeat(300)}  `))
})
