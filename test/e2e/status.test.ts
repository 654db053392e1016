import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { report, sweep } from '../support/run-command.ts'
import { snapshot } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

test('status counts what is on disk, asks nobody and changes nothing', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 7, state: 'closed' },
    { number: 4, state: 'open' }
  ])
  for (const key of ['dev:charles/peon:4', 'dev:charles/peon:7', 'odd']) sandbox.addSession(key)
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' })
  sandbox.addWorktree('boss', 'charles/peon', 'topic')
  const { report: swept } = await report(sandbox)
  sandbox.addWorktree('dev', 'charles/peon', 'dev/4', { files: { large: 'x'.repeat(100_000) } })
  const asked = sandbox.forgejo.seen.length
  const before = snapshot(sandbox.path)

  const { code, stdout } = await sweep(sandbox, ['status'])
  assert.equal(code, 0)
  assert.match(stdout, /^AGENT {2}REPO +SESSIONS {2}OLDEST {2}WORKTREES {2}OLDEST +SIZE {2}ORPHANS\n/)
  assert.match(stdout, /^boss +charles\/peon +0 +- +1 +0m +[\d.]+ kB +1$/m)
  assert.match(stdout, /^dev +charles\/peon +1 +0m +1 +0m +1\d\d\.\d kB +0$/m)
  assert.match(stdout, /^all +2 +0m +2 +0m +[\d.]+ kB +1$/m)
  assert.match(stdout, /^rescues: 1 worktrees of 1 passes can be brought back, 1 held what no remote has$/m)
  assert.ok(stdout.includes(`  ${swept.run}  ${path}: 1 untracked file (notes.txt)\n`))
  assert.match(
    stdout,
    new RegExp(`^last pass: ${swept.run}, ended 0m ago with exit 1; swept: 1 sessions`, 'm')
  )

  const json = JSON.parse((await sweep(sandbox, ['status', '--json'])).stdout)
  assert.equal(json.schema, 'claude-hooks-sweep/status@1')
  assert.deepEqual(
    json.rows.map(({ agent, worktrees }: { agent: string; worktrees: number }) => [agent, worktrees]),
    [
      ['boss', 1],
      ['dev', 1],
      [null, 0]
    ]
  )
  assert.equal(sandbox.forgejo.seen.length, asked)
  assert.deepEqual(snapshot(sandbox.path), before)
})

test('status tells what gave up, and goes on where nothing is there yet', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const sweeper = join(sandbox.stateDir, 'sweeper')
  mkdirSync(sweeper)
  const failures = { [path]: { count: 5, lastAt: 1 }, '/gone': { count: 5, lastAt: 1 } }
  writeFileSync(join(sweeper, 'ledger.json'), JSON.stringify({ version: 1, firstSeen: {}, failures }))
  writeFileSync(join(sweeper, 'last-run.json'), '{"run":')
  const { stdout } = await sweep(sandbox, ['status'])
  assert.match(stdout, /^gave up: .*dev%2F7 \(sweep --retry-failed tries at once\)$/m)
  assert.doesNotMatch(stdout, /gone/)
  assert.match(stdout, /^last pass: none that is known of$/m)
  rmSync(sandbox.cacheDir, { recursive: true })
  const empty = await sweep(sandbox, ['status'])
  assert.equal(empty.code, 0)
  assert.match(empty.stdout, /^all +0 +- +0 +- +0\.0 B +0$/m)
  assert.equal(readFileSync(join(sweeper, 'last-run.json'), 'utf8'), '{"run":')
})
