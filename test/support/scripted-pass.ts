import { openGround } from '../../src/cli/ground.ts'
import { openRemovalTools } from '../../src/cli/wiring-removal.ts'
import { wireWriters } from '../../src/cli/wiring-writers.ts'
import type { Settings } from '../../src/config/settings.ts'
import { known } from '../../src/domain/fact.ts'
import type { Worktree } from '../../src/domain/state.ts'
import { inspectWorktree } from '../../src/host/inspect-work.ts'
import { Journal } from '../../src/host/journal.ts'
import { recover } from '../../src/host/recover.ts'
import { makeSweeperDirectory, statePaths } from '../../src/host/state-dir.ts'
import { createLog } from '../../src/report/log.ts'

/** What a pass without questions changes: it ends what was cut off, removes a worktree, drops a session. */
export interface ScriptedPass {
  readonly stateDir: string
  readonly cacheDir: string
  readonly path: string
  readonly key: string
  readonly run: string
}

const CLOSED = { action: 'remove', reason: 'closed', evidence: {} } as const

/** The ground that the pass stands on, without Forgejo. */
export function openScripted({ stateDir, cacheDir }: ScriptedPass) {
  const settings = { stateDir, cacheDir, undoDays: 30, rescueMaxMegabytes: 256, serviceUrl: null } as Settings
  const clock = { now: Date.now, monotonic: () => 0, sleep: async () => {}, random: () => 0 }
  const log = createLog(
    { level: 'silent', format: 'json', colour: false, redact: (text) => text },
    { write() {} }
  )
  const paths = statePaths(stateDir)
  makeSweeperDirectory(paths)
  const ground = openGround(settings, paths, clock, log)
  const journal = new Journal(paths.journal)
  const tools = openRemovalTools(ground, journal)
  if (ground.root === undefined || tools === undefined) throw new Error('There is no cache directory')
  return { ground, root: ground.root, journal, tools, paths }
}

/** Goes through the steps of a pass that change something, with the real writers. */
export async function runScripted(pass: ScriptedPass): Promise<void> {
  const { ground, root, tools } = openScripted(pass)
  const writers = wireWriters(
    ground,
    pass.run,
    () => {},
    () => false
  )
  await recover(tools)
  const work = await inspectWorktree(root, pass.path, 256e6)
  if (work.known) await writers.removeWorktree({ path: pass.path } as Worktree, CLOSED, work.value)
  await writers.finishRemovals()
  const session = { text: pass.key, key: null, ageMs: 0, heartbeatMs: known(null) }
  if (ground.store.entries.has(pass.key))
    await writers.dropSessions([{ session, decision: CLOSED, throughService: false, beside: new Set() }])
  const none = {
    worktrees: [],
    failed: new Set<string>(),
    removed: new Set<string>(),
    hadTurn: [],
    missedTurn: [],
    goneRepos: new Map(),
    clockTrusted: true,
    clockConfirmed: true
  }
  await writers.remember(none)
  root.close()
}

// Run by itself it is one pass, to be cut off from outside.
const [argument] = process.argv.slice(2)
if (argument?.startsWith('{"stateDir"') === true) {
  await runScripted(JSON.parse(argument) as ScriptedPass)
}
