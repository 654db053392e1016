import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { PathGlob } from '../../domain/path-glob.ts'
import { unlessMissing } from '../file-error.ts'
import { type MatchedDirectory, matchDirectories, type Refusal } from './match-directories.ts'
import { SamePlace } from './same-place.ts'

/** The settings that say where Claude leaves things, and where this program has its own. */
export interface RootSettings {
  readonly claudeHomes: readonly PathGlob[]
  readonly logDirs: readonly PathGlob[]
  readonly stateDir: string
  readonly cacheDir: string
  readonly activeDb: string | null
}

export interface FoundRoots {
  readonly homes: readonly MatchedDirectory[]
  readonly logDirs: readonly MatchedDirectory[]
  readonly refused: readonly Refusal[]
  /** The patterns that mean nothing that is there. */
  readonly unmatched: readonly string[]
}

/** What is swept of a home: a log directory among these would lose the active sessions' too. */
const PARTS = ['projects', 'debug', 'todos', 'telemetry']

/** Finds the homes and log directories that the settings mean, each once. */
export function findRoots(settings: RootSettings): FoundRoots {
  const same = new SamePlace()
  const own = ownPlaces(settings)
  const homes = matchAll(settings.claudeHomes, same)
  const logs = matchAll(settings.logDirs, same)
  const refusedHomes = refuse(homes.directories, (home) => whyNoHome(home, own, same))
  const refusedLogs = refuse(logs.directories, (log) => whyNoLogs(log, own, homes.directories, same))
  const refused = [...homes.refused, ...logs.refused, ...refusedHomes, ...refusedLogs]
  const isWanted = ({ path }: MatchedDirectory) => !refused.some((one) => one.path === path)
  return {
    homes: homes.directories.filter(isWanted),
    logDirs: outermost(logs.directories.filter(isWanted), same),
    refused,
    unmatched: [...homes.unmatched, ...logs.unmatched]
  }
}

const refuse = (some: readonly MatchedDirectory[], whyNot: (one: MatchedDirectory) => string | null) =>
  some.flatMap((one): Refusal[] => {
    const why = whyNot(one)
    return why === null ? [] : [{ path: one.path, why }]
  })

/** Why a directory is not swept as a home, as the end of a sentence; null when nothing speaks against it. */
function whyNoHome(home: MatchedDirectory, own: OwnPlaces, same: SamePlace): string | null {
  const advice = 'take it out of SWEEPER_CLAUDE_HOMES'
  if (same.isWithin(home.path, own.cache)) return `is in the cache directory, where checkouts are: ${advice}`
  // A `/srv/agents/*` that lacks its `/.claude` means those; people keep their own home in git, though.
  if (!home.path.endsWith('/.claude') && same.idOf(join(home.path, '.git')) !== undefined)
    return `is a git checkout: ${advice}`
  const holdsOwn = partsOf(home).some((part) => own.all.some((other) => same.isWithin(other, part)))
  return holdsOwn
    ? `holds, among what would be swept, what belongs to claude-hooks or SWEEPER_ACTIVE_DB: ${advice}`
    : null
}

/** The same of a log directory, of which all goes by its age alone. */
function whyNoLogs(
  { path }: MatchedDirectory,
  own: OwnPlaces,
  homes: readonly MatchedDirectory[],
  same: SamePlace
): string | null {
  const inside = [join(own.state, 'sweeper'), own.cache, ...homes.flatMap(partsOf)]
  const precious = [...own.all, ...homes.map((home) => home.path)]
  const isMore =
    path.endsWith('/.claude') ||
    precious.some((other) => same.isWithin(other, path)) ||
    inside.some((other) => same.isWithin(path, other))
  return isMore
    ? 'is no log directory: it is or holds a Claude home, or what belongs to claude-hooks, or SWEEPER_ACTIVE_DB; take it out of SWEEPER_LOG_DIRS'
    : null
}

/** What is not to be swept, without links. */
interface OwnPlaces {
  readonly state: string
  readonly cache: string
  readonly all: readonly string[]
}

function ownPlaces({ stateDir, cacheDir, activeDb }: RootSettings): OwnPlaces {
  const real = (path: string) => unlessMissing(() => realpathSync(path), path)
  const [state, cache] = [real(stateDir), real(cacheDir)]
  return { state, cache, all: [state, cache, ...(activeDb === null ? [] : [real(activeDb)])] }
}

const partsOf = ({ path }: MatchedDirectory): string[] => PARTS.map((part) => join(path, part))

/** One inside another is gone through with it. */
const outermost = (directories: MatchedDirectory[], same: SamePlace): MatchedDirectory[] =>
  directories.filter(
    ({ path }) => !directories.some((other) => other.path !== path && same.isWithin(path, other.path))
  )

function matchAll(globs: readonly PathGlob[], same: SamePlace) {
  const matched = globs.map((glob) => ({ glob, ...matchDirectories(glob) }))
  // Two patterns, or two names of one mount, can mean the same directory.
  const byId = new Map(
    matched.flatMap(({ directories }) => directories).map((one) => [same.idOf(one.path) ?? one.path, one])
  )
  return {
    directories: [...byId.values()],
    refused: matched.flatMap(({ refused }) => refused),
    unmatched: matched
      .filter(({ directories, refused }) => directories.length + refused.length === 0)
      .map(({ glob }) => glob.text)
  }
}
