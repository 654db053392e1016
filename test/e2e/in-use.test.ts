import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { Report } from '../../src/domain/report.ts'
import { report } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

/** It has its working directory from the moment that `spawn` returns. */
function workIn(t: TestContext, path: string): ChildProcess {
  const worker = spawn('sleep', ['600'], { cwd: path, stdio: 'ignore' })
  t.after(() => worker.kill('SIGKILL'))
  return worker
}

/** Two closed issues with a worktree each. */
async function addClosed(t: TestContext): Promise<{ sandbox: Sandbox; path: string; other: string }> {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 7, state: 'closed' },
    { number: 8, state: 'closed' }
  ])
  sandbox.addSession('dev:charles/peon:8')
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const other = sandbox.addWorktree('dev', 'charles/peon', 'dev/8')
  return { sandbox, path, other }
}

const decisions = ({ entries }: Report) =>
  entries.map(({ action, reason, evidence }) => [action, reason, evidence['by'] ?? null])

const keptBusy = (worker: ChildProcess | undefined) => ['keep', 'busy', `process ${worker?.pid} (sleep)`]
const DROPPED = ['drop', 'closed', null]
const REMOVED = ['remove', 'closed', null]

test('a worktree with a process inside stays until the process ended', async (t) => {
  const { sandbox, path, other } = await addClosed(t)
  const worker = workIn(t, path)
  const first = await report(sandbox)
  assert.deepEqual(decisions(first.report), [DROPPED, keptBusy(worker), REMOVED])
  assert.equal(first.outcome.code, 0)
  assert.deepEqual([path, other].map(existsSync), [true, false])

  const ended = once(worker, 'exit')
  worker.kill('SIGKILL')
  await ended
  const second = await report(sandbox)
  assert.deepEqual(decisions(second.report), [REMOVED])
  assert.equal(existsSync(path), false)
})

test('a worktree that a process enters after the answer about it stays, with its session', async (t) => {
  const { sandbox, path, other } = await addClosed(t)
  sandbox.addSession('dev:charles/peon:7')
  const workers: ChildProcess[] = []
  sandbox.forgejo.fault = () => {
    const asked = sandbox.forgejo.seen.map((one) => one.path)
    // Processes were looked at before the first question; this is a later one than that about the worktree.
    const isAnswered = asked.slice(0, -1).some((url) => url.endsWith('/issues/7'))
    if (isAnswered && workers.length === 0) workers.push(workIn(t, path))
    return false
  }
  const { report: result, outcome } = await report(sandbox)
  const [worker] = workers
  assert.ok(worker, 'there was a later question')
  const busy = keptBusy(worker)
  assert.deepEqual(decisions(result), [DROPPED, busy, busy, REMOVED])
  assert.equal(outcome.code, 0)
  assert.deepEqual([path, other].map(existsSync), [true, false])
  assert.deepEqual(sandbox.sessionKeys, ['dev:charles/peon:7'])
})
