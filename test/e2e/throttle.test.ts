import assert from 'node:assert/strict'
import { test } from 'node:test'
import { report } from '../support/run-command.ts'
import { useSandbox } from '../support/use-sandbox.ts'

test('N sessions take at least (N-1) × 200 ms, one question per issue, never two in flight', async (t) => {
  const sandbox = await useSandbox(t)
  const numbers = [1, 2, 3, 4, 5, 6]
  sandbox.forgejo.delayMs = 30
  sandbox.forgejo.add(
    'charles/peon',
    numbers.map((number) => ({ number, state: 'open' }))
  )
  for (const number of numbers) {
    for (const agent of ['boss', 'dev']) sandbox.addSession(`${agent}:charles/peon:${number}`)
  }
  const { report: result, outcome } = await report(sandbox, [], { SWEEPER_LOOKUP: 'each' })
  assert.equal(result.forgejo.requests, numbers.length)
  assert.equal(sandbox.forgejo.seen.length, numbers.length)
  assert.equal(Math.max(...sandbox.forgejo.seen.map(({ inFlight }) => inFlight)), 1)
  assert.ok(outcome.elapsedMs >= (numbers.length - 1) * 200)
})

test('many of one repo: a list tells which are open, each of the others is asked about, all of it is counted', async (t) => {
  const sandbox = await useSandbox(t)
  const numbers = Array.from({ length: 12 }, (_, index) => index + 1)
  sandbox.forgejo.add(
    'charles/peon',
    numbers.map((number) => ({ number, state: number === 9 ? 'closed' : 'open' }))
  )
  for (const number of numbers) sandbox.addSession(`dev:charles/peon:${number}`)
  const { report: result } = await report(sandbox)
  assert.deepEqual(
    sandbox.forgejo.seen.map(({ path }) => path.replace('/api/v1/repos/charles/peon/', '')),
    ['issues/1', 'issues/2', 'issues?state=open&limit=50&page=1', 'issues/9']
  )
  assert.deepEqual(result.forgejo, { requests: 4, retries: 0 })
  assert.deepEqual([result.swept.sessions, result.skipped.byReason], [1, { open: 11 }])
})

test('retries, the repo behind a 404, pages and redirects are paced and counted too', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.forgejo.add('charles/peon', [{ number: 1, state: 'open' }])
  sandbox.forgejo.add('charles/old', [], { movedTo: 'charles/peon' })
  sandbox.addSession('boss:charles/peon:1')
  sandbox.addSession('boss:charles/peon:2')
  sandbox.addSession('boss:charles/old:1')
  let failures = 1
  sandbox.forgejo.fault = (_request, response) => {
    if (failures-- <= 0) return false
    response.writeHead(503).end()
    return true
  }
  const { report: result } = await report(sandbox)
  // A retry; issue 2 and the list behind its 404; the redirect and what it leads to.
  assert.deepEqual(result.forgejo, { requests: 6, retries: 1 })
  assert.deepEqual(
    result.entries.map(({ reason }) => reason),
    ['open', 'not-found', 'open']
  )
  assert.ok(result.durationMs >= 5 * 200)
})
