import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { report } from '../support/run-command.ts'
import { useSandbox } from '../support/use-sandbox.ts'

test('a failing removal is tried on later passes, given up after five, and tried at once when asked', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const sweeper = join(sandbox.stateDir, 'sweeper')
  // What is not journalled is not done.
  mkdirSync(sweeper)
  writeFileSync(join(sweeper, 'journal'), 'a file where the journals should be')
  const ledger = join(sweeper, 'ledger.json')
  const age = (count?: number) => {
    const text = readFileSync(ledger, 'utf8').replace(
      /"lastAt":(\d+)/,
      (_all, at: string) => `"lastAt":${Number(at) - 9 * DAY}`
    )
    writeFileSync(ledger, count === undefined ? text : text.replace(/"count":\d+/, `"count":${count}`))
  }
  const reasonOf = async (...args: string[]) => (await report(sandbox, args)).report.entries[0]?.reason

  assert.equal(await reasonOf(), 'failed')
  assert.equal(await reasonOf(), 'failed', 'the next pass tries again at once')
  assert.equal(await reasonOf(), 'failed', 'the one after waits')
  assert.match(readFileSync(ledger, 'utf8'), /"count":2/)
  age(4)
  assert.equal(await reasonOf(), 'gave-up')
  rmSync(join(sweeper, 'journal'))
  age()
  const { report: gaveUp, outcome } = await report(sandbox)
  assert.deepEqual([gaveUp.gaveUp, outcome.code], [1, 0])
  assert.match(outcome.stdout, /"reason": "gave-up"/)
  assert.equal(existsSync(path), true)
  assert.equal(await reasonOf('--retry-failed'), 'closed')
  assert.equal(existsSync(path), false)
})
