import type { HeartbeatPattern } from '../domain/heartbeat-pattern.ts'
import { DEFAULT_BRANCH_PATTERN } from '../domain/names.ts'
import { LOOKUP_MODES, type LookupMode } from '../domain/open-list.ts'
import type { PathGlob } from '../domain/path-glob.ts'
import type { ProtectPattern } from '../domain/protect.ts'
import { deadline } from './deadline.ts'
import {
  absolutePath,
  baseUrl,
  branchPattern,
  heartbeatPattern,
  integer,
  logGlobs,
  metricsFile,
  oneOf,
  optionalPath,
  type Parser,
  pathGlobs,
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
  /** Where Claude leaves what it writes per session; none for no such step. */
  readonly claudeHomes: readonly PathGlob[]
  readonly logDirs: readonly PathGlob[]
  /** How many days each type of that is kept; 0 for ever. */
  readonly transcriptDays: number
  readonly debugDays: number
  readonly todoDays: number
  readonly telemetryDays: number
  readonly logDays: number
  /** A SQLite file whose `sessions.session_id` are spared as well; null for none. */
  readonly activeDb: string | null
  /** Where agents give a sign of life; null for their transcripts, where homes are set. */
  readonly heartbeat: HeartbeatPattern | null
  /** From this age on it is old. */
  readonly staleMinutes: number
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
  claudeHomes: setting('SWEEPER_CLAUDE_HOMES', pathGlobs, ''),
  logDirs: setting('SWEEPER_LOG_DIRS', logGlobs, ''),
  transcriptDays: setting('SWEEPER_TRANSCRIPT_DAYS', integer(0, 36_500), '7'),
  debugDays: setting('SWEEPER_DEBUG_DAYS', integer(0, 36_500), '3'),
  todoDays: setting('SWEEPER_TODO_DAYS', integer(0, 36_500), '3'),
  telemetryDays: setting('SWEEPER_TELEMETRY_DAYS', integer(0, 36_500), '7'),
  logDays: setting('SWEEPER_LOG_DAYS', integer(0, 36_500), '7'),
  activeDb: setting('SWEEPER_ACTIVE_DB', optionalPath, ''),
  heartbeat: setting('SWEEPER_HEARTBEAT', heartbeatPattern, ''),
  staleMinutes: setting('SWEEPER_STALE_MINUTES', integer(1, 525_600), '10'),
  cacheCloneDays: setting('SWEEPER_CACHE_CLONE_DAYS', integer(0, 36_500), '0'),
  rescueMaxMegabytes: setting('SWEEPER_RESCUE_MAX_MB', integer(1, 1_000_000), '256'),
  logLevel: setting('LOG_LEVEL', oneOf(...LOG_LEVELS), 'info', 'logLevel'),
  logFormat: setting('LOG_FORMAT', oneOf(...LOG_FORMATS), 'auto', 'logFormat')
}
