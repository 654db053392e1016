import { existsSync, lstatSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { NamePattern, PathGlob } from '../../domain/path-glob.ts'
import { describeError, unlessMissing } from '../file-error.ts'

/** A directory that a pattern matched: from its base on every name is that of a real directory. */
export interface MatchedDirectory {
  /** The base without links, which is the operator's own and trusted. */
  readonly base: string
  readonly names: readonly string[]
  readonly path: string
}

export interface Matches {
  readonly directories: readonly MatchedDirectory[]
  /** What was not followed, or cannot be read. */
  readonly refused: readonly Refusal[]
}

export interface Refusal {
  readonly path: string
  /** Why, as the end of a sentence that begins with the path. */
  readonly why: string
}

/** Finds the directories that a pattern means. Follows links before its first pattern only. */
export function matchDirectories(glob: PathGlob): Matches {
  const refused: Refusal[] = []
  const base = findBase(glob.base, refused)
  if (base === undefined) return { directories: [], refused }
  let found: string[][] = [[]]
  for (const [index, pattern] of glob.names.entries()) {
    const rest = glob.names.slice(index + 1)
    found = found.flatMap((names) => step(base, names, pattern, rest, refused))
  }
  const directories = found.map((names) => ({ base, names, path: join(base, ...names) }))
  return { directories, refused }
}

function findBase(path: string, refused: Refusal[]): string | undefined {
  try {
    return unlessMissing(() => realpathSync(path), undefined)
  } catch (error) {
    refused.push({ path, why: `cannot be read: ${describeError(error)}` })
    return undefined
  }
}

function step(
  base: string,
  above: readonly string[],
  pattern: NamePattern,
  rest: readonly NamePattern[],
  refused: Refusal[]
): string[][] {
  const at = join(base, ...above)
  try {
    const names =
      pattern.literal === null ? readdirSync(at).filter(pattern.matches).sort() : [pattern.literal]
    return names.flatMap((name) => {
      const path = join(at, name)
      const stats = lstatSync(path, { throwIfNoEntry: false })
      if (stats?.isSymbolicLink() === true && leadsOn(path, rest))
        refused.push({ path, why: 'is a symbolic link, which is not followed: name what it leads to' })
      return stats?.isDirectory() === true ? [[...above, name]] : []
    })
  } catch (error) {
    refused.push({ path: at, why: `cannot be read: ${describeError(error)}` })
    return []
  }
}

/** Whether the pattern would go on behind a link. */
function leadsOn(link: string, rest: readonly NamePattern[]): boolean {
  const literals = rest.map(({ literal }) => literal)
  const first = literals.indexOf(null)
  const fixed = (first === -1 ? literals : literals.slice(0, first)).filter((name) => name !== null)
  return existsSync(join(link, ...fixed))
}
