import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { PathGlob } from '../../domain/path-glob.ts'
import { unlessMissing } from '../file-error.ts'
import { type MatchedDirectory, matchDirectories, type Refusal } from './match-directories.ts'
import { idOf, isWithin } from './same-place.ts'

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
  const [state, cache, ...db] = ownPlaces(settings)
  const own = [state, cache, ...db]
  const homes = matchAll(settings.claudeHomes)
  const logs = matchAll(settings.logDirs)
  const isCheckout = ({ path }: MatchedDirectory) => isWithin(path, cache)
  const isUnsafeHome = (home: MatchedDirectory) =>
    isCheckout(home) || partsOf(home).some((part) => own.some((other) => isWithin(other, part)))
  const inside = [join(state, 'sweeper'), cache, ...homes.directories.flatMap(partsOf)]
  const precious = [...own, ...homes.directories.map(({ path }) => path)]
  const isUnsafeLog = ({ path }: MatchedDirectory) =>
    path.endsWith('/.claude') ||
    precious.some((other) => isWithin(other, path)) ||
    inside.some((other) => isWithin(path, other))
  const refuse = (some: MatchedDirectory[], why: string) => some.map(({ path }) => ({ path, why }))
  const [checkouts, others] = [homes.directories.filter(isCheckout), homes.directories.filter(isUnsafeHome)]
  return {
    homes: homes.directories.filter((one) => !isUnsafeHome(one)),
    logDirs: outermost(logs.directories.filter((one) => !isUnsafeLog(one))),
    refused: [
      ...[...homes.refused, ...logs.refused, ...refuse(checkouts, IS_CHECKOUT)],
      ...refuse(
        others.filter((one) => !isCheckout(one)),
        HOLDS_OWN
      ),
      ...refuse(logs.directories.filter(isUnsafeLog), HOLDS_MORE)
    ],
    unmatched: [...homes.unmatched, ...logs.unmatched]
  }
}

function ownPlaces({ stateDir, cacheDir, activeDb }: RootSettings): [string, string, ...string[]] {
  const real = (path: string) => unlessMissing(() => realpathSync(path), path)
  return [real(stateDir), real(cacheDir), ...(activeDb === null ? [] : [real(activeDb)])]
}

const partsOf = ({ path }: MatchedDirectory): string[] => PARTS.map((part) => join(path, part))

/** One inside another is gone through with it. */
const outermost = (directories: MatchedDirectory[]): MatchedDirectory[] =>
  directories.filter(
    ({ path }) => !directories.some((other) => other.path !== path && isWithin(path, other.path))
  )

const IS_CHECKOUT = 'is in the cache directory, where checkouts are: take it out of SWEEPER_CLAUDE_HOMES'

const HOLDS_OWN =
  'holds, among what would be swept, what belongs to claude-hooks or SWEEPER_ACTIVE_DB: take it out of SWEEPER_CLAUDE_HOMES'

const HOLDS_MORE =
  'is no log directory: it is or holds a Claude home, or what belongs to claude-hooks, or SWEEPER_ACTIVE_DB; take it out of SWEEPER_LOG_DIRS'

function matchAll(globs: readonly PathGlob[]) {
  const matched = globs.map((glob) => ({ glob, ...matchDirectories(glob) }))
  // Two patterns, or two names of one mount, can mean the same directory.
  const byId = new Map(
    matched.flatMap(({ directories }) => directories).map((one) => [idOf(one.path) ?? one.path, one])
  )
  return {
    directories: [...byId.values()],
    refused: matched.flatMap(({ refused }) => refused),
    unmatched: matched
      .filter(({ directories, refused }) => directories.length + refused.length === 0)
      .map(({ glob }) => glob.text)
  }
}
