import { lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { isWithin, type PathGlob } from '../../domain/path-glob.ts'
import { unlessMissing } from '../file-error.ts'
import { type MatchedDirectory, matchDirectories, type Refusal } from './match-directories.ts'

/** The settings that say where Claude leaves things, and where this program has its own. */
export interface RootSettings {
  readonly claudeHomes: readonly PathGlob[]
  readonly logDirs: readonly PathGlob[]
  readonly stateDir: string
  readonly cacheDir: string
}

export interface FoundRoots {
  readonly homes: readonly MatchedDirectory[]
  readonly logDirs: readonly MatchedDirectory[]
  readonly refused: readonly Refusal[]
  /** The patterns that mean nothing that is there. */
  readonly unmatched: readonly string[]
}

/** Finds the homes and log directories that the settings mean, each once. */
export function findRoots({ claudeHomes, logDirs, stateDir, cacheDir }: RootSettings): FoundRoots {
  const homes = matchAll(claudeHomes)
  const logs = matchAll(logDirs)
  const own = [stateDir, cacheDir].map((path) => unlessMissing(() => realpathSync(path), path))
  const cache = own[1] ?? cacheDir
  const isCheckout = ({ path }: MatchedDirectory) => isWithin(path, cache)
  const checkouts = homes.directories.filter(isCheckout).map(({ path }) => ({ path, why: IS_CHECKOUT }))
  const precious = [...own, ...homes.directories.map(({ path }) => path)]
  const inside = [join(own[0] ?? stateDir, 'sweeper'), cache]
  const isSafe = ({ path }: MatchedDirectory) =>
    !precious.some((other) => isWithin(other, path)) && !inside.some((other) => isWithin(path, other))
  const unsafe = logs.directories.filter((one) => !isSafe(one)).map(({ path }) => ({ path, why: HOLDS_MORE }))
  return {
    homes: homes.directories.filter((one) => !isCheckout(one)),
    logDirs: logs.directories.filter(isSafe),
    refused: [...homes.refused, ...logs.refused, ...checkouts, ...unsafe],
    unmatched: [...homes.unmatched, ...logs.unmatched]
  }
}

const IS_CHECKOUT = 'is in the cache directory, where checkouts are: take it out of SWEEPER_CLAUDE_HOMES'

const HOLDS_MORE =
  'is no log directory: it holds a Claude home, or what belongs to claude-hooks; take it out of SWEEPER_LOG_DIRS'

function matchAll(globs: readonly PathGlob[]) {
  const matched = globs.map((glob) => ({ glob, ...matchDirectories(glob) }))
  const byInode = new Map(matched.flatMap(({ directories }) => directories).map((one) => [inodeOf(one), one]))
  return {
    directories: [...byInode.values()],
    refused: matched.flatMap(({ refused }) => refused),
    unmatched: matched
      .filter(({ directories, refused }) => directories.length + refused.length === 0)
      .map(({ glob }) => glob.text)
  }
}

/** Two patterns, or two names of one mount, can mean the same directory. */
function inodeOf({ path }: MatchedDirectory): string {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats === undefined ? path : `${stats.dev}:${stats.ino}`
}
