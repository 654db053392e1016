import { resolve } from 'node:path'
import type { Environment } from './paths.ts'
import type { SettingSpec } from './settings.ts'

/** What the command line says, by the name of the flag. */
export type Flags = Readonly<Record<string, unknown>>

/** Where settings come from, and what was found wrong on the way. */
export interface Sources {
  readonly flags: Flags
  readonly env: Environment
  readonly file: Environment
  readonly problems: string[]
  readonly warnings: string[]
}

/** Notes a problem and returns undefined as T: nobody sees it, for the problem is thrown. */
export function readSetting<T>(spec: SettingSpec<T>, sources: Sources): T {
  const { problems } = sources
  const [source, text] = findText(spec, sources)
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

/** What a setting was set to, and the flag or variable that a person would have to change. */
export function findText<T>(
  spec: SettingSpec<T>,
  { flags, env, file }: Sources
): [source: string, text: string | undefined] {
  const flag = spec.flag === undefined ? undefined : flags[spec.flag]
  if (typeof flag === 'string' && spec.flag !== undefined) {
    const name = `--${spec.flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    // The shell's working directory is what a path on the command line is relative to.
    return [name, name.endsWith('-dir') ? resolve(flag) : flag]
  }
  return [spec.name, textOf(env[spec.name]) ?? textOf(file[spec.name]) ?? spec.fallback?.(env)]
}

/** A variable that is set to nothing counts as not set. */
export const textOf = (value: string | undefined): string | undefined => value?.trim() || undefined
