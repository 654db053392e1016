import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { type ServiceMood, ServiceStandIn } from '../support/service-stand-in.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const KEY = 'dev:charles/peon:7'

async function setUp(t: TestContext): Promise<{ sandbox: Sandbox; service: ServiceStandIn; path: string }> {
  const sandbox = await useSandbox(t)
  const service = await ServiceStandIn.start(sandbox)
  t.after(() => service.stop())
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' }
  ])
  sandbox.addSession('boss:charles/peon:4')
  sandbox.addSession(KEY)
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' })
  return { sandbox, service, path }
}

test('with CLAUDE_HOOKS_URL the running service drops the session, once the worktree is rescued and gone', async (t) => {
  const { sandbox, service, path } = await setUp(t)
  const { report: result, outcome } = await report(sandbox, [], { CLAUDE_HOOKS_URL: service.url })
  assert.equal(outcome.code, 0)
  assert.deepEqual([result.swept.sessions, result.swept.worktrees, result.rescued], [1, 1, 1])
  assert.equal(
    result.forgejo.requests,
    sandbox.forgejo.seen.length,
    'it does not count as a request to Forgejo'
  )
  assert.deepEqual(service.seen, ['POST /hooks/reset {"agent":"dev","repo":"charles/peon","issue":7}'])
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4'])
  assert.equal(existsSync(path), false)
  const journal = readFileSync(join(sandbox.stateDir, 'sweeper/journal', `${result.run}.ndjson`), 'utf8')
  assert.match(journal, /"type":"dropped".*"keys":\["dev:charles\/peon:7"\]/)
  assert.equal((await sweep(sandbox, ['undo', result.run])).code, 0)
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4', KEY])
})

for (const mood of ['refusing', 'silent', 'rubbish', 'redirecting', 'lying'] satisfies ServiceMood[]) {
  test(`a service that is ${mood}: the file is written, with a warning`, async (t) => {
    const { sandbox, service } = await setUp(t)
    service.mood = mood
    const env = { CLAUDE_HOOKS_URL: service.url, SWEEPER_API_TIMEOUT_MS: '1000' }
    const { report: result, outcome } = await report(sandbox, [], env)
    assert.equal(outcome.code, 0)
    assert.equal(result.swept.sessions, 1)
    assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4'])
    const warning =
      /"warn".*The service did not drop dev:charles\/peon:7 \(.*sessions\.json is written instead/
    if (mood === 'lying') assert.doesNotMatch(outcome.stderr, warning)
    else assert.match(outcome.stderr, warning)
  })
}

test('a service that is down: the file is written', async (t) => {
  const { sandbox, service } = await setUp(t)
  const { url } = service
  await service.stop()
  const { outcome } = await report(sandbox, [], { CLAUDE_HOOKS_URL: url })
  assert.equal(outcome.code, 0)
  assert.match(outcome.stderr, /ECONNREFUSED/)
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4'])
})

test('where a worktree stays on purpose the service is not asked: it would take it along', async (t) => {
  const { sandbox, service, path } = await setUp(t)
  sandbox.forgejo.add('charles/peon', [{ number: 8, state: 'open', head: { branch: 'dev/7' } }])
  const { report: result } = await report(sandbox, [], { CLAUDE_HOOKS_URL: service.url })
  assert.deepEqual([result.swept.sessions, result.swept.worktrees], [1, 0])
  assert.deepEqual(service.seen, [])
  assert.equal(existsSync(path), true)
})

test('a wrong CLAUDE_HOOKS_URL is told without saying what it is', async (t) => {
  const { sandbox } = await setUp(t)
  const { code, stderr } = await sweep(sandbox, [], { CLAUDE_HOOKS_URL: 'http://user:hidden@127.0.0.1/' })
  assert.equal(code, 78)
  assert.match(stderr, /CLAUDE_HOOKS_URL: expected the service's base URL/)
  assert.doesNotMatch(stderr, /hidden/)
})
