import { type Loaded, loadLocalSettings, loadSettings } from '../config/load.ts'
import type { Environment } from '../config/paths.ts'
import type { LocalSettings, Settings } from '../config/settings.ts'
import type { Flags } from '../config/sources.ts'
import type { Survey } from '../config/survey.ts'
import type { Clock } from '../domain/clock.ts'
import type { Log } from '../report/log.ts'
import { createRedact, type Redact } from '../report/redact.ts'
import type { Console } from './console.ts'
import { type Interrupt, listenForSignals } from './interrupt.ts'

/** What a command that reads the settings has around it. */
export interface Surroundings<S extends LocalSettings = Settings> {
  readonly settings: S
  readonly log: Log
  readonly console: Console
  readonly interrupt: Interrupt
  readonly clock: Clock
  readonly redact: Redact
}

/**
 * Loads the settings, opens the log and listens for signals while a command runs.
 *
 * @returns the command's exit code
 * @throws SettingsError
 */
export const withSurroundings = (
  flags: Flags,
  env: Environment,
  console: Console,
  run: (surroundings: Surroundings) => Promise<number>
): Promise<number> => {
  const loaded = loadSettings(flags, env)
  return within(
    loaded,
    createRedact([loaded.settings.token, ...secretsOf(loaded.settings.pingUrl)]),
    flags,
    console,
    run
  )
}

/** The same for a command that makes no request to Forgejo. @throws SettingsError */
export const withLocalSurroundings = (
  flags: Flags,
  env: Environment,
  console: Console,
  run: (surroundings: Surroundings<LocalSettings>) => Promise<number>
): Promise<number> => within(loadLocalSettings(flags, env), createRedact([]), flags, console, run)

/** The same for a command that looks at the settings themselves, wrong ones too. */
export const withSurvey = (
  { settings, token }: Survey,
  flags: Flags,
  env: Environment,
  console: Console,
  run: (surroundings: Surroundings<LocalSettings>) => Promise<number>
): Promise<number> => {
  // One that is wrong is secret all the same.
  const secrets = [token, env['FORGEJO_TOKEN'], env['FORGEJO_ACCESS_TOKEN']].map((text) => text?.trim() ?? '')
  return within({ settings, warnings: [] }, createRedact(secrets), flags, console, run)
}

async function within<S extends LocalSettings>(
  { settings, warnings }: Loaded<S>,
  redact: Redact,
  flags: Flags,
  console: Console,
  run: (surroundings: Surroundings<S>) => Promise<number>
): Promise<number> {
  const log = console.openLog(settings, flags['quiet'] === true, redact)
  for (const warning of warnings) log.warn(warning)
  const interrupt = listenForSignals()
  try {
    return await run({ settings, log, console, interrupt, clock: realClock(interrupt), redact })
  } finally {
    interrupt.dispose()
  }
}

/** Who knows a check's path can ping it; one too short to be a secret would be found in any text. */
const secretsOf = (url: URL | null): string[] =>
  url === null || url.pathname.length < 9 ? [] : [url.pathname.slice(1)]

const realClock = ({ sleep }: Interrupt): Clock => ({
  now: Date.now,
  // The global `performance` would load ten modules for it.
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep,
  random: Math.random
})
