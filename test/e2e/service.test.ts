import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
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

test('a service whose answer gets lost: what is gone counts, and can be brought back', async (t) => {
  const { sandbox, service } = await setUp(t)
  service.mood = 'mute'
  const env = { CLAUDE_HOOKS_URL: service.url, SWEEPER_API_TIMEOUT_MS: '1000' }
  const { report: result, outcome } = await report(sandbox, [], env)
  assert.deepEqual([outcome.code, result.swept.sessions, result.skipped.total], [0, 1, 1])
  assert.equal((await sweep(sandbox, ['undo', result.run])).code, 0)
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4', KEY])
})

for (const [mood, asked] of [
  ['refusing', 2],
  ['silent', 1]
] as const) {
  test(`a service that is ${mood} is asked for ${asked} of two sessions, and warned of once`, async (t) => {
    const { sandbox, service } = await setUp(t)
    sandbox.addSession('boss:charles/peon:7')
    service.mood = mood
    const env = { CLAUDE_HOOKS_URL: service.url, SWEEPER_API_TIMEOUT_MS: '1000' }
    const { outcome } = await report(sandbox, [], env)
    assert.equal(outcome.code, 0)
    assert.equal(service.seen.length, asked)
    assert.equal(outcome.stderr.match(/The service did not drop/g)?.length, 1)
    assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4'])
  })
}

/** Writes a session's entry anew, as the service does when an agent resumes it. */
function touch(sandbox: Sandbox, key: string): void {
  const store = JSON.parse(readFileSync(sandbox.store, 'utf8'))
  writeFileSync(sandbox.store, JSON.stringify({ ...store, [key]: { id: 'resumed' } }))
}

test('an entry that was touched while the service dropped another stays, and is not asked for', async (t) => {
  const { sandbox, service } = await setUp(t)
  sandbox.addSession('boss:charles/peon:7')
  service.meanwhile = () => touch(sandbox, 'boss:charles/peon:7')
  const { report: result, outcome } = await report(sandbox, [], { CLAUDE_HOOKS_URL: service.url })
  assert.equal(outcome.code, 0)
  assert.equal(service.seen.length, 1)
  assert.deepEqual(result.skipped.byReason, { open: 1, busy: 1 })
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4', 'boss:charles/peon:7'])
})

test('a worktree that was made since the pass began is not taken along by a reset', async (t) => {
  const { sandbox, service } = await setUp(t)
  sandbox.forgejo.add('charles/peon', [{ number: 8, state: 'closed' }])
  sandbox.addSession('dev:charles/peon:8')
  writeAsService(sandbox)
  let made = ''
  service.meanwhile = () => {
    if (made === '') made = sandbox.addWorktree('dev', 'charles/peon', 'dev/8', { dirty: 'untracked' })
  }
  const { report: result } = await report(sandbox, [], { CLAUDE_HOOKS_URL: service.url })
  assert.equal(service.seen.length, 1)
  assert.equal(existsSync(join(made, 'notes.txt')), true)
  assert.equal(result.swept.sessions, 2)
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4'])
})

test('a file that cannot be written, once the service dropped one: what went is told from what stays', async (t) => {
  const { sandbox, service } = await setUp(t)
  // The pull request's head keeps this one from the service.
  sandbox.addWorktree('boss', 'charles/peon', 'boss/7')
  sandbox.addSession('boss:charles/peon:7')
  sandbox.forgejo.add('charles/peon', [{ number: 9, state: 'open', head: { branch: 'boss/7' } }])
  writeAsService(sandbox)
  const temporary = () => readdirSync(sandbox.stateDir).filter((name) => name.startsWith('.sessions'))
  service.meanwhile = () => makeImmutable(sandbox.store, true)
  if (!makeImmutable(sandbox.store, false)) return t.skip('this file system knows no immutable files')
  const { report: result, outcome } = await report(sandbox, [], { CLAUDE_HOOKS_URL: service.url })
  makeImmutable(sandbox.store, false)
  assert.equal(outcome.code, 1)
  assert.deepEqual([result.swept.sessions, result.skipped.byReason.failed], [1, 1])
  assert.match(outcome.stderr, /Not every session was dropped: EPERM/)
  assert.deepEqual(sandbox.sessionKeys, ['boss:charles/peon:4', 'boss:charles/peon:7'])
  assert.deepEqual(temporary(), [])
})

/** Lays the store out as the service does: an entry that the service writes otherwise counts as touched. */
const writeAsService = ({ store }: Sandbox): void =>
  writeFileSync(store, JSON.stringify(JSON.parse(readFileSync(store, 'utf8'))))

/** Whether that can be done here. */
const makeImmutable = (path: string, immutable: boolean): boolean =>
  spawnSync('chattr', [immutable ? '+i' : '-i', path], { stdio: 'ignore' }).status === 0

test('a wrong CLAUDE_HOOKS_URL is told without saying what it is', async (t) => {
  const { sandbox } = await setUp(t)
  const { code, stderr } = await sweep(sandbox, [], { CLAUDE_HOOKS_URL: 'http://user:hidden@127.0.0.1/' })
  assert.equal(code, 78)
  assert.match(stderr, /CLAUDE_HOOKS_URL: expected the service's base URL/)
  assert.doesNotMatch(stderr, /hidden/)
})
