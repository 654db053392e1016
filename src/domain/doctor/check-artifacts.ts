import type { Fact } from '../fact.ts'
import { type Check, hint, ok, warning, wrong } from './check.ts'

/** What the settings of the artifacts come to here. */
export interface ArtifactRoots {
  readonly homes: readonly HomeFacts[]
  readonly logDirs: readonly string[]
  /** What is not looked into, and why, as the end of a sentence. */
  readonly refused: readonly { readonly path: string; readonly why: string }[]
  /** Patterns that mean nothing that is there. */
  readonly unmatched: readonly string[]
  /** How many ids the database holds; null when none is set. */
  readonly activeDb: { readonly path: string; readonly ids: Fact<number> } | null
}

export interface HomeFacts {
  readonly path: string
  /** What tells that a person uses it, as one phrase; null when nothing does. */
  readonly person: string | null
}

/** A line for each directory that artifacts are removed from, and for the database that spares some. */
export const checkArtifacts = ({ homes, logDirs, refused, unmatched, activeDb }: ArtifactRoots): Check[] => [
  ...homes.map(checkHome),
  ...logDirs.map((path) => ok(path, 'a log directory')),
  ...refused.map(({ path, why }) => wrong(path, `it ${why}`, 'until then nothing below it is removed')),
  ...unmatched.map((text) => warning(text, 'no directory is meant by it', 'mend it, or take it out')),
  ...(activeDb === null ? [] : [checkActiveDb(activeDb)])
]

/** A hint: agents may well share a home with the person who looks after them. */
function checkHome({ path, person }: HomeFacts): Check {
  if (person === null) return ok(path, 'a Claude home')
  const advice = 'take it out of SWEEPER_CLAUDE_HOMES, unless their old conversations may go as well'
  return hint(path, `a person seems to use it: ${person}`, advice)
}

function checkActiveDb({ path, ids }: NonNullable<ArtifactRoots['activeDb']>): Check {
  if (ids.known) return ok('SWEEPER_ACTIVE_DB', `${path}: ${ids.value} ids`)
  return wrong('SWEEPER_ACTIVE_DB', ids.why, 'mend it, or install sqlite3: until then no artifact is removed')
}
