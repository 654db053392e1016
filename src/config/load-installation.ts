import { fixedPart } from '../domain/path-glob.ts'
import { type Cadence, cadence } from './cadence.ts'
import { deadlineMinutesOf } from './deadline.ts'
import { readSettingsFile } from './env-file.ts'
import { SettingsError } from './load.ts'
import { defaultEnvFile, type Environment, userUnitDir } from './paths.ts'
import { SPECS } from './settings.ts'
import { readSetting, type Sources } from './sources.ts'

/** Which systemd runs the passes: that of one user, or that of the machine. */
export type Scope = 'user' | 'system'

/** Where the units and the settings of a scope are. */
export interface InstallPlaces {
  readonly units: string
  readonly settings: string
}

export const installPlaces = (scope: Scope, env: Environment): InstallPlaces =>
  scope === 'user'
    ? { units: userUnitDir(env), settings: defaultEnvFile(env) }
    : { units: '/etc/systemd/system', settings: '/etc/claude-hooks/sweep.env' }

/** The settings that units are made from. */
export interface InstallSettings {
  readonly cadence: Cadence
  /** For how long each pass may ask. */
  readonly deadlineMinutes: number
  readonly stateDir: string
  readonly cacheDir: string
  readonly metricsFile: string | null
  /** Where artifacts are removed: below these. */
  readonly artifactBases: readonly string[]
}

/**
 * @param every the cadence that the command line says, which goes before `SWEEPER_INTERVAL_HOURS`
 * @param env the environment, with the home of the user that the passes run as
 * @param path the settings file of the scope; it need not be there yet
 * @throws SettingsError
 */
export function loadInstallSettings(
  every: Cadence | undefined,
  env: Environment,
  path: string
): InstallSettings {
  const problems: string[] = []
  const file = readSettingsFile(path, false, problems, [])
  const sources: Sources = { flags: {}, env, file, problems, warnings: [] }
  // The units do not say these: a pass knows of them what its own settings file says.
  const ofPasses = { ...sources, env: {} }
  const minutes = readSetting(SPECS.deadlineMinutes, ofPasses)
  const settings = {
    cadence: every ?? readSetting({ ...SPECS.intervalHours, parse: cadence }, sources),
    stateDir: readSetting(SPECS.stateDir, sources),
    cacheDir: readSetting(SPECS.cacheDir, sources),
    metricsFile: readSetting(SPECS.metricsFile, sources)
  }
  const globs = [readSetting(SPECS.claudeHomes, ofPasses), readSetting(SPECS.logDirs, ofPasses)]
  if (problems.length > 0) throw new SettingsError(problems)
  const artifactBases = [...new Set(globs.flat().map(fixedPart))]
  return { ...settings, artifactBases, deadlineMinutes: deadlineMinutesOf(minutes, settings.cadence.hours) }
}
