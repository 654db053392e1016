import { envFilePath, openSources } from './env-file.ts'
import { readLocal } from './load.ts'
import type { Environment } from './paths.ts'
import { type LocalSettings, type SettingSpec, SPECS } from './settings.ts'
import { type Flags, mayBeShown, type Origin, understandSetting } from './sources.ts'
import { findToken } from './token.ts'

/** One setting as it was found, safe to show. */
interface SurveyedSetting {
  readonly name: string
  /** The flag or variable that told it. */
  readonly source: string
  readonly origin: Origin
  /** What it says; null when that is secret, or nobody wrote it. */
  readonly text: string | null
  /** What is wrong, as the end of a sentence; null when nothing is. */
  readonly fault: string | null
}

/** All settings, wrong ones too: for these the defaults stand in, so that the rest can be looked at. */
export interface Survey {
  readonly settings: LocalSettings
  /** Undefined when it is missing or wrong. */
  readonly forgejoUrl: URL | undefined
  readonly token: string | undefined
  readonly found: readonly SurveyedSetting[]
  readonly envFile: { readonly path: string; readonly problems: readonly string[] }
  readonly warnings: readonly string[]
}

/** Reads every setting as a pass would, and says of each where it came from. Throws at none that is wrong. */
export function surveySettings(flags: Flags, env: Environment): Survey {
  const sources = openSources(flags, env)
  const envFile = { path: envFilePath(flags['envFile'], env), problems: [...sources.problems] }
  const token = findToken(sources)
  const url = understandSetting(SPECS.forgejoUrl, sources)
  const found = Object.values<SettingSpec<unknown>>(SPECS).map((spec): SurveyedSetting => {
    const { source, origin, text, ...rest } = understandSetting(spec, sources)
    const fault = 'expected' in rest ? `expected ${rest.expected}` : null
    const isShown = text === '' || (spec.secret !== true && (fault === null || mayBeShown(spec)))
    const shown = isShown ? (text ?? null) : null
    return { name: spec.name, source, origin, text: shown, fault }
  })
  const { source, origin, ...rest } = token
  const fault = 'problem' in rest ? rest.problem.replace(/^missing; /, '') : null
  return {
    settings: readLocal((spec) => valueOrDefault(spec, sources, env)),
    forgejoUrl: 'value' in url ? url.value : undefined,
    token: 'value' in token ? token.value : undefined,
    found: [{ name: 'FORGEJO_TOKEN', source, origin, text: null, fault }, ...found],
    envFile,
    warnings: sources.warnings
  }
}

function valueOrDefault<T>(
  spec: SettingSpec<T>,
  sources: Parameters<typeof understandSetting>[1],
  env: Environment
): T {
  const found = understandSetting(spec, sources)
  if ('value' in found) return found.value
  const parsed = spec.parse(spec.fallback?.(env) ?? '')
  if ('value' in parsed) return parsed.value
  throw new TypeError(`The default of ${spec.name} is none`)
}
