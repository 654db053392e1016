import { statSync } from 'node:fs'
import { codeOf, openSources } from './env-file.ts'
import type { Environment } from './paths.ts'
import { type LocalSettings, type SettingSpec, type Settings, SPECS } from './settings.ts'
import { type Flags, findText, readSetting, type Sources } from './sources.ts'
import { readToken } from './token.ts'

/** Settings are missing or wrong: all of them, one sentence each. */
export class SettingsError extends Error {
  readonly code = 'SETTINGS_WRONG'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

export interface Loaded<S = Settings> {
  readonly settings: S
  /** What is not wrong, but should be seen to. */
  readonly warnings: readonly string[]
}

/**
 * Flag over environment over env file over default. A `.env` in the working directory is not read:
 * an agent's checkout could redirect the token.
 *
 * @throws SettingsError naming every setting that is missing or wrong
 */
export const loadSettings = (flags: Flags, env: Environment): Loaded =>
  load(flags, env, (sources) => ({
    forgejoUrl: readSetting(SPECS.forgejoUrl, sources),
    serviceUrl: readSetting(SPECS.serviceUrl, sources),
    metricsFile: readSetting(SPECS.metricsFile, sources),
    pingUrl: readSetting(SPECS.pingUrl, sources),
    token: readToken(sources),
    ...readLocal((spec) => readSetting(spec, sources))
  }))

/** The settings of a command that makes no request: it needs neither URL nor token. @throws SettingsError */
export const loadLocalSettings = (flags: Flags, env: Environment): Loaded<LocalSettings> =>
  load(flags, env, (sources) => readLocal((spec) => readSetting(spec, sources)))

function load<S extends LocalSettings>(
  flags: Flags,
  env: Environment,
  read: (sources: Sources) => S
): Loaded<S> {
  const sources = openSources(flags, env)
  const settings = read(sources)
  checkStateDir(settings.stateDir, sources)
  const { problems, warnings } = sources
  if (problems.length > 0) throw new SettingsError(problems)
  return { settings, warnings }
}

/** @param read how each of them is read */
export function readLocal(read: <T>(spec: SettingSpec<T>) => T): LocalSettings {
  return {
    stateDir: read(SPECS.stateDir),
    cacheDir: read(SPECS.cacheDir),
    maxAgeDays: read(SPECS.maxAgeDays),
    intervalHours: read(SPECS.intervalHours),
    deadlineMinutes: read(SPECS.deadlineMinutes),
    apiIntervalMs: read(SPECS.apiIntervalMs),
    apiTimeoutMs: read(SPECS.apiTimeoutMs),
    maxTries: read(SPECS.maxTries),
    lookup: read(SPECS.lookup),
    protect: read(SPECS.protect),
    branchPattern: read(SPECS.branchPattern),
    maxRemovals: read(SPECS.maxRemovals),
    undoDays: read(SPECS.undoDays),
    claudeHomes: read(SPECS.claudeHomes),
    logDirs: read(SPECS.logDirs),
    transcriptDays: read(SPECS.transcriptDays),
    debugDays: read(SPECS.debugDays),
    todoDays: read(SPECS.todoDays),
    telemetryDays: read(SPECS.telemetryDays),
    logDays: read(SPECS.logDays),
    activeDb: read(SPECS.activeDb),
    heartbeat: read(SPECS.heartbeat),
    staleMinutes: read(SPECS.staleMinutes),
    cacheCloneDays: read(SPECS.cacheCloneDays),
    rescueMaxMegabytes: read(SPECS.rescueMaxMegabytes),
    logLevel: read(SPECS.logLevel),
    logFormat: read(SPECS.logFormat)
  }
}

/** A sweep that silently finds nothing is the commonest way such tools fail. */
function checkStateDir(stateDir: string | undefined, sources: Sources): void {
  if (stateDir === undefined) return
  const { problems } = sources
  const { source } = findText(SPECS.stateDir, sources)
  try {
    if (statSync(stateDir).isDirectory()) return
    problems.push(`${source}: ${stateDir} is not a directory`)
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`
    problems.push(`${source}: ${stateDir} ${why}: name the directory that holds sessions.json`)
  }
}
