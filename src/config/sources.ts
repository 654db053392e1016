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

/** Which of the layers a setting came from; each goes before the next. */
export type Origin = 'flag' | 'environment' | 'env file' | 'default'

/** What a setting was set to, and where. */
export interface FoundText {
  /** The flag or variable that a person would have to change. */
  readonly source: string
  readonly origin: Origin
  /** Undefined when nobody wrote it and it has no default. */
  readonly text: string | undefined
}

/** A setting as it was found: its value, or what was expected instead, as the end of a sentence. */
export type Understood<T> = FoundText & ({ readonly value: T } | { readonly expected: string })

/** Notes a problem and returns undefined as T: nobody sees it, for the problem is thrown. */
export function readSetting<T>(spec: SettingSpec<T>, sources: Sources): T {
  const found = understandSetting(spec, sources)
  if ('value' in found) return found.value
  sources.problems.push(problemOf(spec, found))
  return undefined as T
}

export function understandSetting<T>(spec: SettingSpec<T>, sources: Sources): Understood<T> {
  const found = findText(spec, sources)
  return { ...found, ...(found.text === undefined ? { expected: expectedBy(spec) } : spec.parse(found.text)) }
}

function problemOf(spec: NamedSpec, found: FoundText & { readonly expected: string }): string {
  if (found.text === undefined) return `${spec.name}: missing; expected ${found.expected}`
  const not = mayBeShown(spec) ? `, not ${JSON.stringify(found.text)}` : ''
  return `${found.source}: expected ${found.expected}${not}`
}

type NamedSpec = Pick<SettingSpec<unknown>, 'name'>

/** A URL can carry a password, wherever a slip put it: what is wrong with it is said, not what it is. */
export const mayBeShown = ({ name }: NamedSpec): boolean => !name.endsWith('_URL')

function expectedBy<T>(spec: SettingSpec<T>): string {
  const parsed = spec.parse('')
  return 'expected' in parsed ? parsed.expected : 'a value'
}

export function findText<T>(spec: SettingSpec<T>, { flags, env, file }: Sources): FoundText {
  const flag = spec.flag === undefined ? undefined : flags[spec.flag]
  if (typeof flag === 'string' && spec.flag !== undefined) {
    const source = `--${spec.flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    // The shell's working directory is what a path on the command line is relative to.
    return { source, origin: 'flag', text: source.endsWith('-dir') ? resolve(flag) : flag }
  }
  const source = spec.name
  const set = textOf(env[source])
  if (set !== undefined) return { source, origin: 'environment', text: set }
  const written = textOf(file[source])
  if (written !== undefined) return { source, origin: 'env file', text: written }
  return { source, origin: 'default', text: spec.fallback?.(env) }
}

/** A variable that is set to nothing counts as not set. */
export const textOf = (value: string | undefined): string | undefined => value?.trim() || undefined
