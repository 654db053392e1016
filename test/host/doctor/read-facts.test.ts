import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readDirectoryFacts, readSpace } from '../../../src/host/doctor/read-directory.ts'
import { readLastReport } from '../../../src/host/doctor/read-last-report.ts'
import { readProcessFacts } from '../../../src/host/doctor/read-process-facts.ts'
import { readPrograms } from '../../../src/host/doctor/read-programs.ts'
import { standInCommand } from '../../support/stand-in-command.ts'

function useDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sweep-facts-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

test('what is at the path of a directory', (t) => {
  const path = useDirectory(t)
  chmodSync(path, 0o750)
  const facts = readDirectoryFacts(path)
  assert.ok(facts.kind === 'directory')
  assert.deepEqual([facts.owner, facts.mode, facts.writable], [process.geteuid?.(), 0o750, true])
  symlinkSync(path, join(path, 'link'))
  assert.equal(readDirectoryFacts(join(path, 'link')).kind, 'directory')
  assert.deepEqual(readDirectoryFacts(join(path, 'no')), { path: join(path, 'no'), kind: 'absent' })
  writeFileSync(join(path, 'file'), '')
  const why = (name: string) => ({ why: '', ...readDirectoryFacts(join(path, name)) }).why
  assert.equal(why('file'), 'is not a directory')
  assert.equal(why('file/x'), 'cannot be read (ENOTDIR)')
})

const isRoot = process.geteuid?.() === 0
const skip = isRoot ? 'root may read and write everything' : false

test('directories that this user may not write, or not read', { skip }, (t) => {
  const path = useDirectory(t)
  t.after(() => chmodSync(path, 0o700))
  chmodSync(path, 0o500)
  const facts = readDirectoryFacts(path)
  assert.ok(facts.kind === 'directory' && !facts.writable)
  chmodSync(path, 0o300)
  assert.equal(readDirectoryFacts(path).kind, 'unusable')
})

test('the space that is left at a place', (t) => {
  const space = readSpace('cache', useDirectory(t))
  assert.ok(space.kind === 'known' && space.freeBytes > 0)
  assert.deepEqual(readSpace('cache', '/no/such/place'), { name: 'cache', kind: 'unknown', why: 'ENOENT' })
})

test('the last report, when it is one', (t) => {
  const path = join(useDirectory(t), 'last-run.json')
  const read = (text: string) => {
    writeFileSync(path, text)
    return readLastReport(path)
  }
  assert.deepEqual(readLastReport(path), { kind: 'absent' })
  const finishedAt = Date.UTC(2026, 10, 21, 6)
  assert.deepEqual(read('{"finishedAt":"2026-11-21T06:00:00.000Z","exitCode":1}'), {
    kind: 'read',
    finishedAt,
    exitCode: 1
  })
  for (const text of ['{}', '{"finishedAt":"soon","exitCode":0}', '{', 'null'])
    assert.equal(read(text).kind, 'unreadable', text)
  assert.deepEqual(readLastReport('/dev/null/x').kind, 'unreadable')
})

test('git and flock tell their versions; one that fails says why', async (t) => {
  const { node, git, flock } = await readPrograms()
  assert.equal(node, process.versions.node)
  assert.match(git.kind === 'runs' ? git.says : '', /^git version \d/)
  assert.notEqual(flock.kind, 'missing')
  const before = process.env['PATH']
  process.env['PATH'] = standInCommand(useDirectory(t), 'git', 'echo broken >&2; exit 3')
  t.after(() => {
    process.env['PATH'] = before
  })
  assert.deepEqual((await readPrograms()).git, { kind: 'fails', why: 'broken' })
})

test('the owners of the worktrees are the agents’ users', (t) => {
  const path = useDirectory(t)
  assert.deepEqual(readProcessFacts(join(path, 'none')).agents, [])
  mkdirSync(join(path, 'dev', 'one'), { recursive: true })
  mkdirSync(join(path, 'boss', 'two'), { recursive: true })
  const { user, agents, hidden } = readProcessFacts(path)
  assert.deepEqual([user, agents, hidden], [process.geteuid?.(), [process.geteuid?.()], 0])
})
