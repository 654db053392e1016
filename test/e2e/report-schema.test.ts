import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Report } from '../../src/domain/report.ts'
import { DAY } from '../../src/domain/time.ts'
import { ClaudeHome } from '../support/claude-home.ts'
import { report } from '../support/run-command.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const SCHEMA = new URL('../../../src/report/report.schema.json', import.meta.url)
const schema = JSON.parse(readFileSync(SCHEMA, 'utf8'))
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile<Report>(schema)

function assertValid(value: unknown): void {
  assert.ok(validate(value), JSON.stringify(validate.errors, null, 2))
}

test('the reports of a pass and a dry run with every kind of entry are what the schema says', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 1, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  const old = new Date(Date.now() - 40 * DAY).toISOString()
  for (const key of ['dev:charles/peon:1', 'dev:charles/peon:7', 'dev:charles/peon:9'])
    sandbox.addSession(key)
  sandbox.addSession('boss:charles/peon:2', { id: 'old', updated_at: old })
  sandbox.addSession('no key', 'x')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/1')
  sandbox.addWorktree('boss', 'charles/peon', 'boss/7', { dirty: 'modified' })
  writeFileSync(`${sandbox.cacheDir}/worktrees/stray`, '')
  for (const args of [['-n'], []]) {
    const { report: result } = await report(sandbox, args)
    assertValid(result)
    const swept = result.entries.filter(({ action }) => action !== 'keep').length
    assert.equal(swept, result.swept.sessions + result.swept.worktrees)
    assert.equal(result.entries.length, 9)
  }
})

test('a report with artifacts and their errors is what the schema says', async (t) => {
  const sandbox = await useSandbox(t)
  const home = new ClaudeHome(sandbox)
  for (const days of [1, 90]) home.add(`debug/${days}.txt`, days)
  symlinkSync('nowhere', `${home.path}/todos`)
  const { report: result } = await report(sandbox, [], home.env)
  assertValid(result)
  assert.deepEqual([result.swept.artifacts, result.errors.length], [1, 1])
})

test('the schema refuses what is no report', async (t) => {
  const sandbox = await useSandbox(t)
  const { report: result } = await report(sandbox)
  for (const broken of [
    { ...result, schema: 'claude-hooks-sweep/report@2' },
    { ...result, startedAt: 'yesterday' },
    { ...result, entries: [{ kind: 'session' }] },
    { ...result, skipped: { total: 1, byReason: { whim: 1 } } },
    { ...result, rescued: undefined }
  ]) {
    assert.equal(validate(JSON.parse(JSON.stringify(broken))), false)
  }
})
