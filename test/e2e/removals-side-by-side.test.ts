import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { JournalRecord } from '../../src/host/journal-records.ts'
import { report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { standInCommand } from '../support/stand-in-command.ts'
import { contents } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const REPOS = ['charles/peon', 'charles/grunt', 'charles/wolf']

/** A closed issue in each of three repos, with so many agents' worktrees; those of every second hold work. */
async function addClosed(t: TestContext, agents: number): Promise<{ sandbox: Sandbox; paths: string[] }> {
  const sandbox = await useSandbox(t)
  const paths = REPOS.flatMap((repo) => {
    sandbox.addClone(repo)
    sandbox.forgejo.add(repo, [{ number: 7, state: 'closed' }])
    return Array.from({ length: agents }, (_, at) =>
      sandbox.addWorktree(`agent-${at}`, repo, `agent-${at}/7`, at % 2 === 0 ? { dirty: 'untracked' } : {})
    )
  })
  return { sandbox, paths }
}

const journalDirectory = ({ stateDir }: Sandbox) => join(stateDir, 'sweeper/journal')

const runsOf = (sandbox: Sandbox): string[] =>
  readdirSync(journalDirectory(sandbox)).map((name) => name.replace('.ndjson', ''))

const recordsOf = (sandbox: Sandbox): JournalRecord[] =>
  runsOf(sandbox).flatMap((run) =>
    readFileSync(join(journalDirectory(sandbox), `${run}.ndjson`), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as JournalRecord)
  )

const trashOf = ({ cacheDir }: Sandbox): string[] => readdirSync(join(cacheDir, 'sweeper-trash'))

/** The same pass, with a script in the place of a command. */
const sweepWith = (sandbox: Sandbox, command: string, script: string) =>
  report(sandbox, [], { PATH: standInCommand(sandbox.path, command, script) })

const contentsOf = (paths: readonly string[]) =>
  paths.map((path) => (existsSync(path) ? contents(path) : null))

/** One more pass and an undo of all passes: nothing may be lost, and nothing left. */
async function assertAllComesBack(
  sandbox: Sandbox,
  paths: readonly string[],
  before: unknown
): Promise<void> {
  const { code } = await sweep(sandbox)
  assert.equal(code, 0)
  assert.deepEqual(trashOf(sandbox), [])
  assert.deepEqual(paths.filter(existsSync), [])
  for (const repo of REPOS) {
    assert.equal(sandbox.git(sandbox.clonePath(repo), 'worktree', 'list').trim().split('\n').length, 1)
    assert.equal(sandbox.git(sandbox.clonePath(repo), 'branch', '--list', 'agent-*'), '')
  }
  for (const run of runsOf(sandbox)) await sweep(sandbox, ['undo', run])
  assert.deepEqual(contentsOf(paths), before)
}

test('two worktrees of one clone are never on the way at once', async (t) => {
  const { sandbox } = await addClosed(t, 4)
  assert.equal((await sweep(sandbox)).code, 0)
  const underWay = new Map<string, string>()
  const clones = new Map<string, string>()
  for (const record of recordsOf(sandbox)) {
    if (record.type === 'remove') {
      const clone = record.registration.gitDir.join('/')
      assert.equal(
        underWay.get(clone),
        undefined,
        `${record.path} began before the one before it was rescued`
      )
      underWay.set(clone, record.slot)
      clones.set(record.slot, clone)
    }
    if (record.type === 'rescued') underWay.delete(clones.get(record.slot) ?? '')
    if (record.type === 'decided') assert.notEqual(underWay.get(clones.get(record.slot) ?? ''), record.slot)
  }
})

/** The pass, for a command that it has started: a process between them starts all commands. */
const PASS = '$(cut -d" " -f4 /proc/$PPID/stat)'

/** `rm` that does as it is told, but for one tree. */
const RM_LEAVES_ONE = `
  status=0
  for at in "$@"; do
    case "$at" in
      -*) ;;
      *.5) echo "rm: cannot remove '$at': Device or resource busy" >&2; status=1 ;;
      *) /bin/rm -rf "$at" ;;
    esac
  done
  exit $status`

test('a deletion that fails fails alone, and the next pass makes up for it', async (t) => {
  const { sandbox, paths } = await addClosed(t, 3)
  const before = contentsOf(paths)
  const { report: told, outcome } = await sweepWith(sandbox, 'rm', RM_LEAVES_ONE)
  assert.equal(outcome.code, 1)
  assert.equal(told.swept.worktrees, paths.length - 1)
  const [error] = told.errors
  assert.equal(told.errors.length, 1)
  assert.match(
    error?.message ?? '',
    /sweeper-trash\/.*\.5 could not be deleted: .*busy; the next pass deletes what is left/
  )
  const left = told.entries.find(({ reason }) => reason === 'failed')
  assert.equal(left?.kind === 'worktree' && existsSync(left.path), false, 'it is gone from its place')
  assert.equal(trashOf(sandbox).length, 1)
  await assertAllComesBack(sandbox, paths, before)
})

test('interrupted while it deletes: what is begun is finished, the rest waits for the next pass', async (t) => {
  const { sandbox, paths } = await addClosed(t, 4)
  const before = contentsOf(paths)
  // A second signal would end it at once.
  const script = `mkdir '${sandbox.path}/told' && kill -TERM ${PASS}; sleep 0.1; exec /usr/bin/rm "$@"`
  const { report: told, outcome } = await sweepWith(sandbox, 'rm', script)
  assert.equal(outcome.code, 143)
  assert.deepEqual(told.errors, [])
  const { worktrees: swept } = told.swept
  assert.deepEqual([swept > 0, told.skipped.byReason], [true, { interrupted: paths.length - swept }])
  assert.equal(paths.filter(existsSync).length, paths.length - swept)
  const inTrash = new Set(trashOf(sandbox))
  const waiting = recordsOf(sandbox).flatMap((record) =>
    record.type === 'remove' && inTrash.has(record.slot) ? record.path : []
  )
  let freed = 0
  for (const entry of told.entries) {
    if (entry.kind !== 'worktree' || entry.action !== 'remove' || waiting.includes(entry.path)) continue
    freed += entry.bytes ?? 0
  }
  assert.equal(told.freedBytes, freed, 'what waits frees nothing yet')
  await assertAllComesBack(sandbox, paths, before)
})

/** Kills the pass at the n-th call of a command with these arguments. */
const killAt = (sandbox: Sandbox, command: string, pattern: string, n: number) => `
  case "$*" in
    ${pattern})
      echo >> '${sandbox.path}/calls'
      [ "$(wc -l < '${sandbox.path}/calls')" -eq ${n} ] && { kill -KILL ${PASS}; exit 1; } ;;
  esac
  exec /usr/bin/${command} "$@"`

for (const [when, command, pattern, n] of [
  ['while both lanes rescue', 'git', '*commit-tree*', 3],
  ['while a ref is made', 'git', '*update-ref\\ refs/claude-hooks-sweep*', 5],
  ['while branches are deleted', 'git', '*update-ref\\ --stdin*', 2],
  ['while files are deleted', 'rm', '*', 2]
] as const) {
  test(`killed ${when}: the next pass ends it, and all comes back`, async (t) => {
    const { sandbox, paths } = await addClosed(t, 3)
    const before = contentsOf(paths)
    const PATH = standInCommand(sandbox.path, command, killAt(sandbox, command, pattern, n))
    assert.equal((await sweep(sandbox, [], { PATH })).code, null)
    assert.equal(trashOf(sandbox).length > 0, true)
    await assertAllComesBack(sandbox, paths, before)
  })
}

test('the process that starts commands is killed: another takes its place, and nothing is lost', async (t) => {
  const { sandbox, paths } = await addClosed(t, 3)
  const before = contentsOf(paths)
  const script = `
    case "$*" in *commit-tree*) mkdir '${sandbox.path}/told' && kill -KILL $PPID ;; esac
    exec /usr/bin/git "$@"`
  const PATH = standInCommand(sandbox.path, 'git', script)
  const { code, stderr } = await sweep(sandbox, [], { PATH })
  assert.ok(code === 0 || code === 1, stderr)
  assert.equal(existsSync(join(sandbox.path, 'told')), true)
  await assertAllComesBack(sandbox, paths, before)
})
