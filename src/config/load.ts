import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse as parseEnvFile } from 'dotenv'
import { token as parseToken } from './parsers.ts'
import { defaultEnvFile, type Environment } from './paths.ts'
import { type LocalSettings, type SettingSpec, type Settings, SPECS } from './settings.ts'

/** Settings are missing or wrong: all of them, one sentence each. */
export class SettingsError extends Error {
  readonly code = 'SETTINGS_WRONG'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/** What the command line says, by the name of the flag. */
export type Flags = Readonly<Record<string, unknown>>

export interface Loaded<S = Settings> {
  readonly settings: S
  /** What is not wrong, but should be seen to. */
  readonly warnings: readonly string[]
}

interface Sources {
  readonly flags: Flags
  readonly env: Environment
  readonly file: Environment
  readonly problems: string[]
  readonly warnings: string[]
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
    ...readLocal(sources)
  }))

/** The settings of a command that makes no request: it needs neither URL nor token. @throws SettingsError */
export const loadLocalSettings = (flags: Flags, env: Environment): Loaded<LocalSettings> =>
  load(flags, env, readLocal)

function load<S extends LocalSettings>(
  flags: Flags,
  env: Environment,
  read: (sources: Sources) => S
): Loaded<S> {
  const problems: string[] = []
  const warnings: string[] = []
  const file = readEnvFile(flags['envFile'], env, problems, warnings)
  const settings = read({ flags, env, file, problems, warnings })
  checkStateDir(settings.stateDir, problems)
  if (problems.length > 0) throw new SettingsError(problems)
  return { settings, warnings }
}

function readLocal(sources: Sources): LocalSettings {
  const read = <T>(spec: SettingSpec<T>): T => readSetting(spec, sources)
  return {
    stateDir: read(SPECS.stateDir),
    cacheDir: read(SPECS.cacheDir),
    maxAgeDays: read(SPECS.maxAgeDays),
    intervalHours: read(SPECS.intervalHours),
    apiIntervalMs: read(SPECS.apiIntervalMs),
    apiTimeoutMs: read(SPECS.apiTimeoutMs),
    maxTries: read(SPECS.maxTries),
    protect: read(SPECS.protect),
    branchPattern: read(SPECS.branchPattern),
    maxRemovals: read(SPECS.maxRemovals),
    undoDays: read(SPECS.undoDays),
    rescueMaxMegabytes: read(SPECS.rescueMaxMegabytes),
    logLevel: read(SPECS.logLevel),
    logFormat: read(SPECS.logFormat)
  }
}

/** A sweep that silently finds nothing is the commonest way such tools fail. */
function checkStateDir(stateDir: string | undefined, problems: string[]): void {
  if (stateDir === undefined) return
  try {
    if (statSync(stateDir).isDirectory()) return
    problems.push(`CLAUDE_HOOKS_STATE_DIR: ${stateDir} is not a directory`)
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'does not exist' : `cannot be read (${codeOf(error)})`
    problems.push(`CLAUDE_HOOKS_STATE_DIR: ${stateDir} ${why}: name the directory that holds sessions.json`)
  }
}

/** Notes a problem and returns undefined as T: nobody sees it, for the problem is thrown. */
function readSetting<T>(spec: SettingSpec<T>, { flags, env, file, problems }: Sources): T {
  const [source, text] = findText(spec, flags, env, file)
  if (text === undefined) {
    problems.push(`${spec.name}: missing; expected ${expectedBy(spec)}`)
    return undefined as T
  }
  const parsed = spec.parse(text)
  if ('value' in parsed) return parsed.value
  // A URL can carry a password, wherever a slip put it: what is wrong with it is said, not what it is.
  const not = spec.name.endsWith('_URL') ? '' : `, not ${JSON.stringify(text)}`
  problems.push(`${source}: expected ${parsed.expected}${not}`)
  return undefined as T
}

function expectedBy<T>(spec: SettingSpec<T>): string {
  const parsed = spec.parse('')
  return 'expected' in parsed ? parsed.expected : 'a value'
}

function findText<T>(
  spec: SettingSpec<T>,
  flags: Flags,
  env: Environment,
  file: Environment
): [string, string | undefined] {
  const flag = spec.flag === undefined ? undefined : flags[spec.flag]
  if (typeof flag === 'string' && spec.flag !== undefined) {
    const name = `--${spec.flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    // The shell's working directory is what a path on the command line is relative to.
    return [name, name.endsWith('-dir') ? resolve(flag) : flag]
  }
  return [spec.name, textOf(env[spec.name]) ?? textOf(file[spec.name]) ?? spec.fallback?.(env)]
}

/** A variable that is set to nothing counts as not set. */
const textOf = (value: string | undefined): string | undefined => value?.trim() || undefined

function readEnvFile(flag: unknown, env: Environment, problems: string[], warnings: string[]): Environment {
  const path = typeof flag === 'string' ? resolve(flag) : defaultEnvFile(env)
  try {
    const settings = parseEnvFile(readFileSync(path))
    if (Object.keys(settings).some((name) => /TOKEN$|_PING_URL$/.test(name))) warnIfOpen(path, warnings)
    const names: ReadonlySet<string> = new Set(Object.values(SPECS).map(({ name }) => name))
    const strange = Object.keys(settings).filter((name) => name.startsWith('SWEEPER_') && !names.has(name))
    for (const name of strange) warnings.push(`${path}: there is no setting ${name}`)
    return settings
  } catch (error) {
    if (typeof flag !== 'string' && codeOf(error) === 'ENOENT') return {}
    problems.push(`--env-file: ${path} cannot be read (${codeOf(error)})`)
    return {}
  }
}

function warnIfOpen(path: string, warnings: string[]): void {
  const { mode } = statSync(path)
  if ((mode & 0o077) === 0) return
  warnings.push(`Others can read ${path}, which holds a secret: chmod 600 it`)
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'

const TOKEN_NAMES = ['FORGEJO_TOKEN', 'FORGEJO_ACCESS_TOKEN'] as const

/** The token itself, a file that holds it, or systemd's credential `forgejo-token`. */
function readToken(sources: Sources): string {
  for (const layer of [sources.env, sources.file]) {
    for (const name of TOKEN_NAMES) {
      const text = layer[name]
      if (text !== undefined) return checkToken(name, text.trim(), sources.problems)
    }
    const path = textOf(layer['FORGEJO_TOKEN_FILE'])
    if (path !== undefined) return readTokenFile('FORGEJO_TOKEN_FILE', path, sources)
  }
  const credentials = textOf(sources.env['CREDENTIALS_DIRECTORY'])
  const credential = credentials === undefined ? undefined : join(credentials, 'forgejo-token')
  if (credential !== undefined && statSync(credential, { throwIfNoEntry: false }) !== undefined) {
    return readTokenFile('CREDENTIALS_DIRECTORY', credential, sources)
  }
  sources.problems.push('FORGEJO_TOKEN: missing; set it, or FORGEJO_TOKEN_FILE to a file that holds it')
  return ''
}

function readTokenFile(name: string, path: string, { problems, warnings }: Sources): string {
  try {
    const text = readFileSync(path, 'utf8').trim()
    // systemd guards its credentials itself, some with an access list that mode bits show as open.
    if (name === 'FORGEJO_TOKEN_FILE') warnIfOpen(path, warnings)
    return checkToken(name, text, problems)
  } catch (error) {
    problems.push(`${name}: ${path} cannot be read (${codeOf(error)})`)
    return ''
  }
}

/** Forgejo takes an empty token for an anonymous visitor, without a word. */
function checkToken(name: string, text: string, problems: string[]): string {
  if (text === '')
    problems.push(`${name}: the token is empty; expected one with read:issue and read:repository`)
  const parsed = parseToken(text)
  if ('value' in parsed) return parsed.value
  if (text !== '') problems.push(`${name}: expected ${parsed.expected}`)
  return ''
}
