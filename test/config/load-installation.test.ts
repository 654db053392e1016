import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadInstallSettings } from '../../src/config/load-installation.ts'

test('a service of the system may write where artifacts are, as the settings file says', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-install-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const path = join(directory, 'sweep.env')
  const homes = 'SWEEPER_CLAUDE_HOMES=/srv/agents/*/.claude,/home/claude/.claude,/srv/agents/x*/.claude'
  writeFileSync(path, `${homes}\nSWEEPER_LOG_DIRS=/srv/groups/*/logs\n`)
  const env = { HOME: '/home/claude', SWEEPER_LOG_DIRS: '/srv/elsewhere' }
  const { artifactBases } = loadInstallSettings(undefined, env, path)
  assert.deepEqual(artifactBases, ['/srv/agents', '/home/claude/.claude', '/srv/groups'])
})
