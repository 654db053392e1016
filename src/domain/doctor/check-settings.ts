import { type Check, ok, warning, wrong } from './check.ts'

/** One setting: where it came from, and what is wrong with it. */
export interface SettingFacts {
  readonly name: string
  /** The flag or variable that told it. */
  readonly source: string
  readonly origin: string
  /** Null when it is secret, or nobody wrote it. */
  readonly text: string | null
  readonly fault: string | null
}

export interface EnvFileFacts {
  readonly path: string
  readonly exists: boolean
  /** Why it cannot be read. */
  readonly problems: readonly string[]
}

/** A line for the env file, one for each setting, and one for what should be seen to. */
export const checkSettings = (
  envFile: EnvFileFacts,
  settings: readonly SettingFacts[],
  warnings: readonly string[]
): Check[] => [
  checkEnvFile(envFile),
  ...settings.map(checkSetting),
  ...warnings.map((sentence) => warning('env file', ...splitAdvice(sentence)))
]

function checkEnvFile({ path, exists, problems: [problem] }: EnvFileFacts): Check {
  if (problem !== undefined) return wrong('env file', problem, 'name a file that this user can read', 78)
  return ok('env file', exists ? path : `none (${path} would be read)`)
}

function checkSetting({ name, source, origin, text, fault }: SettingFacts): Check {
  const from = source === name ? origin : `${origin}, ${source}`
  if (fault !== null) return wrong(name, sawFault(text, from), fault, 78)
  // Of a secret it is only told that there is one.
  const value = text === null ? 'set' : text === '' ? 'none' : text
  return ok(name, `${value} (${from})`)
}

/** A default is never wrong: what nobody wrote is missing. */
function sawFault(text: string | null, from: string): string {
  if (from === 'default') return 'missing'
  return `${text === null ? 'set, not shown' : JSON.stringify(text)} (${from})`
}

/** `Others can read …: chmod 600 it` says after the colon what to do. */
function splitAdvice(sentence: string): [saw: string, advice: string] {
  const at = sentence.lastIndexOf(': ')
  const [saw, rest] = [sentence.slice(0, at), sentence.slice(at + 2)]
  return /^there is no setting/.test(rest) ? [rest, `mend its name in ${saw}, or take it out`] : [saw, rest]
}
