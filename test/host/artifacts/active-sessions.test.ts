import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type ActivePlaces, ActiveSessions } from '../../../src/host/artifacts/active-sessions.ts'
import { readStore } from '../../../src/host/store.ts'

function useStore(t: TestContext, text?: string) {
  const path = mkdtempSync(join(tmpdir(), 'active-sessions-'))
  t.after(() => rmSync(path, { recursive: true }))
  const store = join(path, 'sessions.json')
  // As the service does.
  const write = (json: string) => {
    writeFileSync(`${store}.tmp`, json)
    renameSync(`${store}.tmp`, store)
  }
  if (text !== undefined) write(text)
  const sessions = (more: Partial<ActivePlaces> = {}) =>
    new ActiveSessions({ store, database: null, before: readStore(store), dropped: new Set(), ...more })
  return { path, store, write, sessions }
}

async function spares(sessions: ActiveSessions, id: string): Promise<boolean | string> {
  const ids = await sessions.read()
  return ids.known ? ids.value.spares('transcript', `${id}.jsonl`) : ids.code
}

test('an entry that is written during the pass counts, as does the one it replaced no more', async (t) => {
  const { write, sessions } = useStore(t, '{"dev:a/b:1": "x"}')
  const active = sessions()
  assert.deepEqual([await spares(active, 'x'), await spares(active, 'y')], [true, false])
  write('{"dev:a/b:1": "y"}')
  assert.deepEqual([await spares(active, 'x'), await spares(active, 'y')], [false, true])
})

test('a store that is gone, or corrupt, or a directory, is unknown and never empty', async (t) => {
  const { store, write, sessions } = useStore(t, '{}')
  const active = sessions()
  assert.equal(await spares(active, 'x'), false)
  write('{"dev:a/b:1": ')
  assert.equal(await spares(active, 'x'), 'ACTIVE_IDS_UNKNOWN')
  rmSync(store)
  assert.equal(await spares(active, 'x'), 'ACTIVE_IDS_UNKNOWN')
  write('{"dev:a/b:1": "x"}')
  assert.equal(await spares(active, 'x'), true)
  rmSync(store)
  execFileSync('mkdir', [store])
  assert.equal(await spares(active, 'x'), 'ACTIVE_IDS_UNKNOWN')
})

test('what a dry run would drop does not count, until it is written anew', async (t) => {
  const { write, sessions } = useStore(t, '{"dev:a/b:1": "x", "dev:a/b:2": "y"}')
  const active = sessions({ dropped: new Set(['dev:a/b:1']) })
  assert.deepEqual([await spares(active, 'x'), await spares(active, 'y')], [false, true])
  write('{"dev:a/b:1": {"id": "x"}, "dev:a/b:2": "y"}')
  assert.equal(await spares(active, 'x'), true)
})
