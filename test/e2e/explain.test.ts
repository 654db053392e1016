import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { DAY } from '../../src/domain/time.ts'
import { type Outcome, report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { snapshot } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')

/** Issue 4 is open, 7 is closed, 8 is closed under an open pull request, 9 does not exist. */
function fill(sandbox: Sandbox): void {
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' },
    { number: 8, state: 'closed' },
    { number: 11, state: 'open', head: { branch: 'dev/8' } }
  ])
  sandbox.addSession('boss:charles/peon:4')
  sandbox.addSession('dev:charles/peon:7')
}

const explain = (sandbox: Sandbox, ...args: string[]): Promise<Outcome> =>
  sweep(sandbox, ['explain', ...args])

/** The rules that decided, as `title: what it saw`, and the decision. */
const marked = ({ stdout }: Outcome): string[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('→ '))
    .map((line) => line.slice(2).replace(/ {2,}/, ': '))

const AGED = new Date(Date.now() - 41.2 * DAY).toISOString()

test('a kept session, a dropped one, and one past the maximum age without a question', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  sandbox.addSession('boss:charles/peon:1', { sessionId: 'old', updatedAt: AGED })
  sandbox.addSession('dev:charles/elsewhere:5')

  const kept = await explain(sandbox, 'boss:charles/peon:4')
  assert.deepEqual([kept.code, kept.stderr], [0, ''])
  assert.match(kept.stdout, /^session boss:charles\/peon:4\n\n {2}its key does not parse +it parses\n/)
  assert.deepEqual(marked(kept), ['it is open: open', 'keep: open'])
  assert.equal(sandbox.forgejo.seen.length, 1)

  const dropped = await explain(sandbox, 'dev:charles/peon:7')
  assert.equal(dropped.code, 0)
  assert.deepEqual(marked(dropped), [
    'its issue or pull request is closed: closed 2026-11-20',
    'drop: closed'
  ])
  assert.equal(sandbox.forgejo.seen.length, 2)

  const old = await explain(sandbox, 'boss:charles/peon:1')
  assert.deepEqual(marked(old), [
    'it is older than the maximum age: 41.2 days old, limit 30',
    'drop: max age'
  ])
  assert.match(old.stdout, /^ {2}it is open +not asked$/m)
  assert.equal(sandbox.forgejo.seen.length, 2)
})

test('it asks about the one issue, whatever SWEEPER_LOOKUP says', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  const { code } = await sweep(sandbox, ['explain', 'boss:charles/peon:4'], { SWEEPER_LOOKUP: 'bulk' })
  assert.equal(code, 0)
  assert.deepEqual(
    sandbox.forgejo.seen.map(({ path }) => path),
    ['/api/v1/repos/charles/peon/issues/4']
  )
})

test('what protects a worktree is named: a kept session, git worktree lock, an open pull request', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  sandbox.addSession('dev:charles/elsewhere:5')
  const referenced = sandbox.addWorktree('boss', 'charles/peon', 'boss/4')
  const locked = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  sandbox.git(locked, 'worktree', 'lock', '--reason', 'for the demo', locked)
  sandbox.addWorktree('dev', 'charles/peon', 'dev/8')

  assert.deepEqual(marked(await explain(sandbox, referenced)), [
    'a kept session refers to it: boss:charles/peon:4',
    'keep: referenced'
  ])
  assert.deepEqual(marked(await explain(sandbox, locked)), [
    'it is locked by git worktree lock: for the demo',
    'keep: locked'
  ])
  const reviewed = await explain(sandbox, 'dev/charles__peon__dev%2F8')
  assert.deepEqual(marked(reviewed), [
    'its branch is the head of an open pull request: #11',
    'keep: open pull'
  ])
  const rules = reviewed.stdout
    .split('\n')
    .slice(2)
    .map((line) => `    ${line}`.trimEnd())
  assert.ok(README.includes(rules.join('\n')), 'README shows what it says')
  const elsewhere = sandbox.forgejo.seen.filter(({ path }) => path.includes('elsewhere'))
  assert.deepEqual(elsewhere, [], 'sessions of other repos can not refer to it')
})

test('a worktree that goes, one that holds work, one whose removal fails again and again', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const gone = await explain(sandbox, path)
  assert.deepEqual(marked(gone), ['its issue or pull request is closed: closed 2026-11-20', 'remove: closed'])
  assert.match(gone.stdout, /^ {2}it would go, but something that would protect it is unknown +none$/m)
  assert.match(gone.stdout, /^ {2}its removal failed, and is not due again +never$/m)
  assert.match(gone.stdout, /^ {2}it holds something that cannot be rescued +none; no work is only here$/m)

  mkdirSync(join(sandbox.stateDir, 'sweeper'))
  const failures = { [path]: { count: 5, lastAt: Date.parse('2026-11-20T06:00:00Z') } }
  const ledger = { version: 1, firstSeen: {}, failures }
  writeFileSync(join(sandbox.stateDir, 'sweeper/ledger.json'), JSON.stringify(ledger))
  assert.deepEqual(marked(await explain(sandbox, path)).slice(1), [
    'its removal failed, and is not due again: 5 in a row, last 2026-11-20T06:00:00.000Z',
    'keep: gave up'
  ])
})

test('every name of a worktree finds it: absolute, relative, through a link, agent and directory', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const link = join(sandbox.path, 'link')
  symlinkSync(sandbox.cacheDir, link)
  const linked = join(link, relative(sandbox.cacheDir, path))
  for (const name of [relative(process.cwd(), path), `${path}/`, linked, 'dev/charles__peon__dev%2F7']) {
    const { stdout } = await sweep(sandbox, ['explain', name, '--json', '--max-age-days', '1'])
    const { kind, path: found, reason } = JSON.parse(stdout)
    assert.deepEqual([kind, found, reason], ['worktree', path, 'closed'], name)
  }
})

test('unknown because Forgejo is down: it stays, and the rule says why; exit 69', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  const down = { FORGEJO_URL: 'http://127.0.0.1:9/', SWEEPER_MAX_TRIES: '1' }
  const outcome = await sweep(sandbox, ['explain', 'dev:charles/peon:7'], down)
  assert.equal(outcome.code, 69)
  assert.deepEqual(marked(outcome), [
    "Forgejo's answer is unknown: unknown: The connection to Forgejo failed (ECONNREFUSED)",
    'keep: unknown'
  ])
})

test('a worktree that would go stays while the list of open pull requests is unknown: both rules are marked', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  const path = sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  sandbox.forgejo.fault = (request, response) => {
    if (request.url?.includes('/pulls?') !== true) return false
    response.writeHead(403, { 'content-type': 'application/json' }).end('{}')
    return true
  }
  assert.deepEqual(marked(await explain(sandbox, path)), [
    'its issue or pull request is closed: closed 2026-11-20',
    'it would go, but something that would protect it is unknown: unknown: Forgejo forbids this token to look (403)',
    'keep: unknown'
  ])
})

test('64: a name that does not exist, with those that are like it', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7')
  const { code, stdout, stderr } = await explain(sandbox, 'dev:charles/peon:70', '--log-format', 'json')
  assert.deepEqual([code, stdout], [64, ''])
  const sentence =
    'There is no session or worktree "dev:charles/peon:70"; the nearest names are dev:charles/peon:7, '
  assert.ok(JSON.parse(stderr).msg.startsWith(sentence))
  assert.equal(sandbox.forgejo.seen.length, 0)
  for (const args of [[], ['one', 'two'], ['--dry-run', 'one']]) {
    assert.equal((await explain(sandbox, ...args)).code, 64)
  }
})

test('it tells of every entry what a dry run decides, and changes not one byte or time', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  sandbox.addSession('not a key')
  sandbox.addWorktree('boss', 'charles/peon', 'boss/4')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' })
  sandbox.addWorktree('dev', 'charles/peon', 'topic')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/9')
  const before = [snapshot(sandbox.stateDir), snapshot(sandbox.cacheDir)]
  const { report: result } = await report(sandbox, ['-n'])
  assert.equal(result.entries.length, 7)
  // One after the other: a look into a worktree is a use of it to whoever looks at the same time.
  for (const entry of result.entries) {
    const name = entry.kind === 'session' ? entry.key : entry.path
    const { action, reason, rules } = JSON.parse((await explain(sandbox, name, '--json')).stdout)
    assert.deepEqual([name, action, reason], [name, entry.action, entry.reason])
    const last = rules.findLast((rule: { outcome: unknown }) => rule.outcome !== null)
    assert.equal(last.outcome.reason, reason)
  }
  assert.deepEqual([snapshot(sandbox.stateDir), snapshot(sandbox.cacheDir)], before)
})

test('it goes on without a cache directory and beside a limit of removals', async (t) => {
  const sandbox = await useSandbox(t)
  fill(sandbox)
  rmSync(sandbox.cacheDir, { recursive: true })
  const limited = await sweep(sandbox, ['explain', 'dev:charles/peon:7'], { SWEEPER_MAX_REMOVALS: '1' })
  assert.equal(limited.code, 0)
  assert.match(limited.stdout, /SWEEPER_MAX_REMOVALS would go in one pass +the limit is 1; a dry run tells/)
})
