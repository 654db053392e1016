import { DEFAULT_BRANCH_PATTERN } from '../domain/names.ts'
import { LOOKUP_MODES, type LookupMode } from '../domain/open-list.ts'
import type { ProtectPattern } from '../domain/protect.ts'
import { deadline } from './deadline.ts'
import {
  absolutePath,
  baseUrl,
  branchPattern,
  integer,
  metricsFile,
  oneOf,
  type Parser,
  pingUrl,
  protectPatterns,
  serviceUrl
} from './parsers.ts'
import { defaultCacheDir, defaultStateDir, type Environment } from './paths.ts'

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export const LOG_FORMATS = ['auto', 'pretty', 'journal', 'json'] as const

/** Every setting of a pass, understood. */
export interface Settings extends LocalSettings {
  readonly forgejoUrl: URL
  /** The running service's; null when sessions are dropped in the file alone. */
  readonly serviceUrl: URL | null
  /** Where the metrics of each pass go, and who is pinged; null for nowhere and nobody. */
  readonly metricsFile: string | null
  readonly pingUrl: URL | null
  readonly token: string
}

/** Those that have nothing to do with Forgejo: what a command without a request needs. */
export interface LocalSettings {
  readonly stateDir: string
  readonly cacheDir: string
  readonly maxAgeDays: number
  readonly intervalHours: number
  /** How long a pass may ask; null for what goes with the interval. */
  readonly deadlineMinutes: number | null
  readonly apiIntervalMs: number
  readonly apiTimeoutMs: number
  readonly maxTries: number
  readonly lookup: LookupMode
  readonly protect: readonly ProtectPattern[]
  readonly branchPattern: RegExp
  readonly maxRemovals: number
  readonly undoDays: number
  /** How long a cache clone whose repo is gone must not have been fetched; 0 keeps every clone. */
  readonly cacheCloneDays: number
  readonly rescueMaxMegabytes: number
  readonly logLevel: (typeof LOG_LEVELS)[number]
  readonly logFormat: (typeof LOG_FORMATS)[number]
}

/** How one setting is written, and what it is when nobody wrote it. */
export interface SettingSpec<T> {
  readonly name: string
  readonly flag?: string
  readonly parse: Parser<T>
  /** Undefined for a setting that somebody has to write. */
  readonly fallback?: (env: Environment) => string
  /** What it says is never shown. */
  readonly secret?: boolean
}

const setting = <T>(
  name: string,
  parse: Parser<T>,
  fallback?: string | ((env: Environment) => string),
  flag?: string
): SettingSpec<T> => ({
  name,
  parse,
  ...(fallback === undefined ? {} : { fallback: typeof fallback === 'string' ? () => fallback : fallback }),
  ...(flag === undefined ? {} : { flag })
})

/** All but the token, which has several sources. The least and most keep a slip from sweeping all. */
export const SPECS: { readonly [K in keyof Omit<Settings, 'token'>]: SettingSpec<Settings[K]> } = {
  forgejoUrl: setting('FORGEJO_URL', baseUrl, undefined, 'forgejoUrl'),
  serviceUrl: setting('CLAUDE_HOOKS_URL', serviceUrl, ''),
  metricsFile: setting('SWEEPER_METRICS_FILE', metricsFile, ''),
  // Who knows the URL of a check can ping it.
  pingUrl: { ...setting('SWEEPER_PING_URL', pingUrl, ''), secret: true },
  stateDir: setting('CLAUDE_HOOKS_STATE_DIR', absolutePath, defaultStateDir, 'stateDir'),
  cacheDir: setting('CLAUDE_HOOKS_CACHE_DIR', absolutePath, defaultCacheDir, 'cacheDir'),
  maxAgeDays: setting('MAX_AGE_DAYS', integer(1, 36_500), '30', 'maxAgeDays'),
  intervalHours: setting('SWEEPER_INTERVAL_HOURS', integer(1, 8_760), '6'),
  deadlineMinutes: setting('SWEEPER_DEADLINE_MINUTES', deadline, 'auto'),
  apiIntervalMs: setting('SWEEPER_API_INTERVAL_MS', integer(200, 3_600_000), '200'),
  apiTimeoutMs: setting('SWEEPER_API_TIMEOUT_MS', integer(1, 3_600_000), '10000'),
  maxTries: setting('SWEEPER_MAX_TRIES', integer(1, 100), '5'),
  lookup: setting('SWEEPER_LOOKUP', oneOf(...LOOKUP_MODES), 'auto'),
  protect: setting('SWEEPER_PROTECT', protectPatterns, ''),
  branchPattern: setting('SWEEPER_BRANCH_PATTERN', branchPattern, DEFAULT_BRANCH_PATTERN),
  maxRemovals: setting('SWEEPER_MAX_REMOVALS', integer(0, 1_000_000_000), '0'),
  undoDays: setting('SWEEPER_UNDO_DAYS', integer(1, 36_500), '30'),
  cacheCloneDays: setting('SWEEPER_CACHE_CLONE_DAYS', integer(0, 36_500), '0'),
  rescueMaxMegabytes: setting('SWEEPER_RESCUE_MAX_MB', integer(1, 1_000_000), '256'),
  logLevel: setting('LOG_LEVEL', oneOf(...LOG_LEVELS), 'info', 'logLevel'),
  logFormat: setting('LOG_FORMAT', oneOf(...LOG_FORMATS), 'auto', 'logFormat')
}
