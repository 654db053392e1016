import type { ActiveIds } from '../domain/active-ids.ts'
import type { ArtifactFacts, ArtifactTallies, ArtifactTally, ArtifactType } from '../domain/artifact.ts'
import type { Fact } from '../domain/fact.ts'
import type { ArtifactRemoval } from '../domain/outcome.ts'
import type { ReportError } from '../domain/report.ts'

/** A home or a log directory, and the types in it that are not kept for ever. */
export interface ArtifactRoot {
  readonly path: string
  readonly types: readonly ArtifactType[]
}

/** Something that is not looked into: `path` and why, as the end of a sentence. */
interface RefusedPath {
  readonly path: string
  readonly why: string
}

/** What the step is given to look with. `F` is what a reader finds and a writer removes. */
export interface ArtifactReaders<F extends ArtifactFacts> {
  readonly roots: () => { readonly roots: readonly ArtifactRoot[]; readonly refused: readonly RefusedPath[] }
  /**
   * Looks anew at what processes have open and at the ids that are spared, where some time went by since.
   * Unknown ends the step.
   *
   * @param dropped the keys of the sessions that this pass dropped
   */
  readonly look: (dropped: ReadonlySet<string>) => Promise<Fact<ActiveIds>>
  /** What there is, each looked at as it is asked for. */
  readonly find: (
    root: ArtifactRoot,
    type: ArtifactType,
    refuse: (refused: RefusedPath) => void
  ) => AsyncIterable<Iterable<F>>
  /** The same with all that goes along: only what may go is looked into. */
  readonly whole: (found: F) => F
}

/** What the step is given to change with; a dry run's only record. */
export interface ArtifactWriters<F extends ArtifactFacts> {
  /** Notes that the first of a type in a root is about to go. @returns why it cannot be noted, and so none may go; else null */
  readonly begin: (root: ArtifactRoot, type: ArtifactType) => string | null
  readonly remove: (found: F) => ArtifactRemoval
  /** Notes how many went. @returns why it cannot be noted; else null */
  readonly end: (root: ArtifactRoot, type: ArtifactType, tally: ArtifactTally) => string | null
}

/** Follows the step while it runs. */
export interface ArtifactObserver<F extends ArtifactFacts> {
  readonly sweeping: (root: ArtifactRoot, type: ArtifactType) => void
  readonly removed: (root: ArtifactRoot, found: F) => void
  readonly swept: (root: ArtifactRoot, type: ArtifactType, tally: ArtifactTally) => void
}

export interface ArtifactTools<F extends ArtifactFacts> {
  readonly readers: ArtifactReaders<F>
  readonly writers: ArtifactWriters<F>
  readonly observer: ArtifactObserver<F>
  readonly days: (type: ArtifactType) => number
  readonly interrupted: () => boolean
}

/** What the pass tells the step. */
export interface ArtifactContext {
  readonly dropped: ReadonlySet<string>
  /** Whether Forgejo's clock says the same as this machine's: all goes by age. */
  readonly clockConfirmed: boolean
  /** By this time, the one that was confirmed: when the pass began, in milliseconds since 1970. */
  readonly now: number
}

/** What became of it. */
export interface SweptArtifacts {
  readonly tallies: ArtifactTallies
  readonly errors: readonly ReportError[]
}

/** The step as a pass calls it; what it works with is its own. */
export type ArtifactStep = (context: ArtifactContext) => Promise<SweptArtifacts>
