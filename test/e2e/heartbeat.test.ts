import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const KEY = 'dev:charles/peon:7'
const ID = '0a1b2c3d-0000-4000-8000-000000000007'

interface Scene {
  readonly sandbox: Sandbox
  readonly path: string
  readonly beat: string
  readonly env: Readonly<Record<string, string>>
}

/** A closed issue with session and worktree, whose agent touches a heartbeat file. */
async function addClosed(t: TestContext): Promise<Scene> {
  const sandbox = await useSandbox(t)
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'closed' }])
  sandbox.addSession(KEY, { id: ID, updatedAt: new Date().toISOString() })
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const beat = join(sandbox.path, 'beats', ID, '.heartbeat')
  const env = { SWEEPER_HEARTBEAT: join(sandbox.path, '*', '{session}', '.heartbeat') }
  return { sandbox, path, beat, env }
}

function touch(path: string, minutesAgo: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  const time = Date.now() / 1000 - minutesAgo * 60
  utimesSync(path, time, time)
}

const reasons = async (
  { sandbox, env }: Scene,
  more: Readonly<Record<string, string>> = {},
  args: readonly string[] = []
) => {
  const { report: result } = await report(sandbox, args, { ...env, ...more })
  return result.entries.map(({ action, reason }) => `${action} ${reason}`)
}

test('a session with a fresh heartbeat is busy, and its worktree; with an old one, or none, both go', async (t) => {
  const scene = await addClosed(t)
  touch(scene.beat, 5)
  assert.deepEqual(await reasons(scene), ['keep busy', 'keep referenced'])
  touch(scene.beat, 15)
  assert.deepEqual(await reasons(scene, { SWEEPER_STALE_MINUTES: '20' }), ['keep busy', 'keep referenced'])
  assert.deepEqual(await reasons(scene, {}, ['--dry-run']), ['drop closed', 'remove closed'])
  rmSync(scene.beat)
  assert.deepEqual(await reasons(scene), ['drop closed', 'remove closed'])
})

test('without a pattern the transcripts below the homes tell', async (t) => {
  const { sandbox, path } = await addClosed(t)
  const homes = { SWEEPER_CLAUDE_HOMES: join(sandbox.path, 'homes/*/.claude') }
  touch(join(sandbox.path, 'homes/dev/.claude/projects/-work', `${ID}.jsonl`), 5)
  assert.deepEqual(await reasons({ sandbox, path, beat: '', env: homes }), ['keep busy', 'keep referenced'])
})

test('the heartbeat of an orphan, by a pattern that needs no session', async (t) => {
  const { sandbox, path, beat } = await addClosed(t)
  writeFileSync(sandbox.store, '{}')
  const env = { SWEEPER_HEARTBEAT: join(sandbox.path, 'beats/{agent}/{owner}/{repo}/{number}') }
  touch(join(sandbox.path, 'beats/dev/charles/peon/7'), 5)
  assert.deepEqual(await reasons({ sandbox, path, beat, env }), ['keep busy'])
})

test("a heartbeat between the decision and the removal keeps worktree and session, a pull request's as well", async (t) => {
  const { sandbox, path } = await addClosed(t)
  sandbox.forgejo.add('charles/peon', [
    { number: 7, state: 'closed' },
    { number: 12, state: 'closed', head: { branch: 'feat/x' } }
  ])
  const id = '0a1b2c3d-0000-4000-8000-000000000012'
  sandbox.addSession('dev:charles/peon:12', { id, updatedAt: new Date().toISOString() })
  const feature = sandbox.addWorktree('dev', 'charles/peon', 'feat/x')
  const beat = join(sandbox.path, 'beats', id)
  touch(beat, 15)
  sandbox.forgejo.fault = () => {
    const asked = sandbox.forgejo.seen.map((one) => one.path)
    if (asked.some((one) => one.endsWith('/12'))) touch(beat, 0)
    return false
  }
  const { report: result } = await report(sandbox, [], {
    SWEEPER_HEARTBEAT: join(sandbox.path, 'beats/{session}')
  })
  // Nobody asked which branch the pull request is on.
  assert.deepEqual([path, feature].map(existsSync), [true, true])
  assert.deepEqual(
    result.entries.map(({ reason }) => reason),
    ['closed', 'busy', 'busy', 'busy']
  )
})

test('a session that the service writes anew during the pass keeps its worktree', async (t) => {
  const { sandbox, path } = await addClosed(t)
  sandbox.forgejo.fault = () => {
    sandbox.addSession(KEY, { id: 'another', updatedAt: new Date().toISOString() })
    return false
  }
  const { report: result } = await report(sandbox)
  assert.equal(existsSync(path), true)
  assert.deepEqual(
    result.entries.map(({ reason }) => reason),
    ['busy', 'busy']
  )
})

test('settings on heartbeats that are wrong are named', async (t) => {
  const { sandbox } = await addClosed(t)
  const wrong = { SWEEPER_HEARTBEAT: '/srv/beat', SWEEPER_STALE_MINUTES: '0' }
  const { code, stderr } = await sweep(sandbox, [], wrong)
  assert.equal(code, 78)
  assert.match(stderr, /SWEEPER_HEARTBEAT.*\{session\} or \{number\}/)
  assert.match(stderr, /SWEEPER_STALE_MINUTES/)
})
