import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readActiveDb } from '../../../src/host/artifacts/read-active-db.ts'
import { hasCommand } from '../../support/has-command.ts'

const skip =
  hasCommand('sqlite3') && hasCommand('python3')
    ? false
    : 'sqlite3, or python3 to write databases, is not installed'

function useDatabase(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-db-'))
  t.after(() => rmSync(directory, { recursive: true }))
  return join(directory, 'messages.db')
}

/** A second process that runs SQL, tells when it is done, and stays with its transaction until it is killed. */
async function write(t: TestContext, path: string, sql: readonly string[]): Promise<() => Promise<void>> {
  const script = `import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]: connection.execute(statement)
print('done', flush=True)
time.sleep(600)`
  const child = spawn('python3', ['-c', script, path, ...sql], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  const end = async () => {
    child.kill('SIGKILL')
    await ended
  }
  t.after(end)
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('close', () => reject(new Error('python3 ended')))
  })
  return end
}

const TABLE = [
  'CREATE TABLE sessions (group_folder TEXT, session_id TEXT)',
  "INSERT INTO sessions VALUES ('g', 'a')"
]
const WAL = ['PRAGMA journal_mode=WAL', 'PRAGMA wal_autocheckpoint=0', ...TABLE]

async function idsIn(path: string): Promise<readonly string[]> {
  const found = await readActiveDb(path)
  assert.ok(found.known, found.known ? '' : found.why)
  return found.value
}

async function whyNot(path: string): Promise<string> {
  const found = await readActiveDb(path)
  assert.ok(!found.known)
  assert.equal(found.code, 'ACTIVE_IDS_UNKNOWN')
  return found.why
}

test('each id is read; NULL and empty ones are none', { skip }, async (t) => {
  const path = useDatabase(t)
  const more = ["INSERT INTO sessions VALUES ('g', NULL), ('g', ''), ('g', 'b\nc'), ('g', 7)"]
  await (await write(t, path, [...TABLE, ...more]))()
  assert.deepEqual(await idsIn(path), ['a', 'b\nc', '7'])
})

test('rows that only the write-ahead log holds are seen, while it is written and after a kill', {
  skip
}, async (t) => {
  const path = useDatabase(t)
  const end = await write(t, path, WAL)
  assert.ok(existsSync(`${path}-wal`))
  assert.deepEqual(await idsIn(path), ['a'])
  await end()
  assert.deepEqual(await idsIn(path), ['a'])
})

test('what a writer has not committed is not there yet, and holds nobody up', { skip }, async (t) => {
  const path = useDatabase(t)
  await write(t, path, [...WAL, 'BEGIN IMMEDIATE', "INSERT INTO sessions VALUES ('g', 'b')"])
  assert.deepEqual(await idsIn(path), ['a'])
})

test('a database that nobody has open is read without a file beside it', { skip }, async (t) => {
  const path = useDatabase(t)
  await (await write(t, path, [...WAL, 'PRAGMA wal_checkpoint(TRUNCATE)']))()
  for (const name of ['-wal', '-shm']) rmSync(`${path}${name}`, { force: true })
  assert.deepEqual(await idsIn(path), ['a'])
  assert.deepEqual(readdirSync(join(path, '..')), ['messages.db'])
})

test('a path with white space, % and ? through a link is read', { skip }, async (t) => {
  const path = useDatabase(t)
  const odd = join(path, '../a b%20?mode=rw#.db')
  await (await write(t, odd, WAL))()
  symlinkSync(odd, path)
  assert.deepEqual(await idsIn(path), ['a'])
})

test('a locked one is an error, after some patience', { skip }, async (t) => {
  const path = useDatabase(t)
  await write(t, path, [...TABLE, 'BEGIN EXCLUSIVE'])
  assert.match(await whyNot(path), /database is locked/)
})

test('one that is missing, empty, without the table or the column, or none at all is an error', {
  skip
}, async (t) => {
  const path = useDatabase(t)
  assert.match(await whyNot(path), /ENOENT/)
  assert.ok(!existsSync(path))
  writeFileSync(path, '')
  assert.match(await whyNot(path), /no such table: sessions/)
  writeFileSync(path, 'SQLite format 3, or so it says, and then something else altogether')
  assert.match(await whyNot(path), /not a database|malformed/)
  rmSync(path)
  await (await write(t, path, ['CREATE TABLE sessions (id TEXT)']))()
  assert.match(await whyNot(path), /no such column: session_id/)
  rmSync(path)
  mkdirSync(path)
  assert.match(await whyNot(path), /cannot be read/)
})
