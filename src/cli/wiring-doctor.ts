import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/paths.ts'
import type { Survey } from '../config/survey.ts'
import { idsOf } from '../domain/active-ids.ts'
import type { Clock } from '../domain/clock.ts'
import type { CheckGroup } from '../domain/doctor/check.ts'
import { checkArtifacts } from '../domain/doctor/check-artifacts.ts'
import { checkDirectories } from '../domain/doctor/check-directories.ts'
import { checkDisk } from '../domain/doctor/check-disk.ts'
import { checkClock, checkForgejo, type ForgejoFacts } from '../domain/doctor/check-forgejo.ts'
import { checkHeartbeats } from '../domain/doctor/check-heartbeats.ts'
import { checkProcesses } from '../domain/doctor/check-processes.ts'
import { checkPrograms } from '../domain/doctor/check-programs.ts'
import { checkLastReport, checkTimers } from '../domain/doctor/check-schedule.ts'
import { checkSessions, type StoreFacts } from '../domain/doctor/check-sessions.ts'
import { checkSettings } from '../domain/doctor/check-settings.ts'
import { type Repo, repoId } from '../domain/fact.ts'
import { parseSessionKey } from '../domain/names.ts'
import { MINUTE } from '../domain/time.ts'
import { examineForgejo } from '../forgejo/examine.ts'
import { readDirectoryFacts, readSpace } from '../host/doctor/read-directory.ts'
import { readLastReport } from '../host/doctor/read-last-report.ts'
import { readProcessFacts } from '../host/doctor/read-process-facts.ts'
import { readPrograms } from '../host/doctor/read-programs.ts'
import { readStoreFacts } from '../host/doctor/read-store-facts.ts'
import { readTimers } from '../host/doctor/read-timers.ts'
import { Heartbeats } from '../host/heartbeats.ts'
import { statePaths } from '../host/state-dir.ts'
import { openForgejo } from './wiring-forgejo.ts'

/** What an examination needs to begin with. */
export interface Examination {
  readonly survey: Survey
  readonly env: Environment
  readonly clock: Clock
  readonly interrupted: () => boolean
  readonly asking: (what: string) => void
}

/** Gathers what each check is about, and judges it: a group after the other, as a pass would meet them. */
export async function examine(examination: Examination): Promise<CheckGroup[]> {
  const { survey, env, clock } = examination
  const { stateDir, intervalHours } = survey.settings
  const paths = statePaths(stateDir)
  const store = readStoreFacts(paths.store)
  const [programs, timers] = await Promise.all([readPrograms(), readTimers(env)])
  const lastReport = readLastReport(paths.lastRun)
  return [
    { title: 'Programs', checks: checkPrograms(programs) },
    { title: 'Settings', checks: settingsChecks(survey) },
    { title: 'Directories', checks: directoryChecks(survey) },
    {
      title: 'Sessions',
      checks: [...checkSessions(paths.store, store), ...heartbeatChecks(survey, store, clock.now())]
    },
    ...(await artifactChecks(survey)),
    { title: 'Forgejo', checks: await forgejoChecks(examination, reposOf(store)) },
    {
      title: 'Schedule',
      checks: [
        ...checkTimers(timers, intervalHours),
        checkLastReport(paths.lastRun, lastReport, clock.now(), intervalHours)
      ]
    },
    { title: 'Processes', checks: [checkProcesses(readProcessFacts(worktreesOf(survey)))] }
  ]
}

const worktreesOf = ({ settings }: Survey): string => join(settings.cacheDir, 'worktrees')

function settingsChecks({ envFile, found, warnings }: Survey) {
  return checkSettings({ ...envFile, exists: existsSync(envFile.path) }, found, warnings)
}

function heartbeatChecks({ settings }: Survey, store: StoreFacts, now: number) {
  const { heartbeat, staleMinutes } = settings
  if (heartbeat === null || store.kind !== 'read') return []
  const beats = new Heartbeats([heartbeat], now)
  const ages = store.entries.flatMap(({ key, value }) => {
    const session = parseSessionKey(key)
    return session === undefined ? [] : beats.ageOf({ ...session, ids: idsOf(value) })
  })
  return [checkHeartbeats(ages, staleMinutes * MINUTE)]
}

/** No heading for what nobody asked for, and nothing of it loaded. */
async function artifactChecks({ settings }: Survey): Promise<CheckGroup[]> {
  if (settings.claudeHomes.length + settings.logDirs.length === 0) return []
  const { readArtifactFacts } = await import('../host/doctor/read-artifact-facts.ts')
  return [{ title: 'Artifacts', checks: checkArtifacts(await readArtifactFacts(settings)) }]
}

const MEGABYTE = 1024 * 1024

/** The store is written anew beside itself, and the journal and the report come on top. */
const STATE_NEEDS_BYTES = 64 * MEGABYTE

function directoryChecks(survey: Survey) {
  const { stateDir, cacheDir, rescueMaxMegabytes } = survey.settings
  const directories = checkDirectories({
    user: process.geteuid?.() ?? 0,
    state: readDirectoryFacts(stateDir),
    sweeper: readDirectoryFacts(statePaths(stateDir).sweeper),
    cache: readDirectoryFacts(cacheDir),
    worktrees: readDirectoryFacts(worktreesOf(survey)),
    trash: readDirectoryFacts(join(cacheDir, 'sweeper-trash'))
  })
  return [
    ...directories,
    checkDisk(readSpace('state', stateDir), STATE_NEEDS_BYTES),
    checkDisk(readSpace('cache', cacheDir), rescueMaxMegabytes * MEGABYTE)
  ]
}

/** The repos of the sessions, each once, as the first of them writes it. */
function reposOf(store: StoreFacts): Repo[] {
  const keys = store.kind === 'read' ? store.entries.flatMap(({ key }) => parseSessionKey(key) ?? []) : []
  return [...new Map(keys.map(({ repo }) => [repoId(repo), repo] as const).reverse()).values()].reverse()
}

async function forgejoChecks(examination: Examination, repos: readonly Repo[]) {
  const { survey, clock } = examination
  const { facts, skewMs } = await askForgejo(examination, repos)
  return [...checkForgejo(survey.forgejoUrl?.href, facts), checkClock(clock.now(), skewMs)]
}

/** With the same client, and at the same pace, as a pass. */
async function askForgejo(
  { survey, clock, interrupted, asking }: Examination,
  repos: readonly Repo[]
): Promise<{ facts: ForgejoFacts; skewMs: number | null }> {
  const { settings, forgejoUrl, token } = survey
  if (forgejoUrl === undefined || token === undefined) return { facts: { kind: 'not-asked' }, skewMs: null }
  const { asker, client, close } = openForgejo({ ...settings, forgejoUrl, token }, clock, interrupted)
  try {
    const facts = await examineForgejo(asker, client, repos, asking)
    return { facts, skewMs: asker.skewMs }
  } finally {
    await close()
  }
}
