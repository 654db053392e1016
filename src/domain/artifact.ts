import type { Reason } from './decision.ts'

/** What Claude writes per session, by the setting that says how long it is kept. */
export const ARTIFACT_TYPES = ['transcript', 'debug', 'todo', 'telemetry', 'log'] as const
export type ArtifactType = (typeof ARTIFACT_TYPES)[number]

/** How many days each type is kept; 0 keeps it for ever. */
export type Retention = Readonly<Record<ArtifactType, number>>

/** One artifact as it was found: a file, or a transcript with the directory of the same id. */
export interface ArtifactFacts {
  readonly type: ArtifactType
  /** The name of its file, without the directories above. */
  readonly name: string
  /** The newest time that any of its files was written. */
  readonly modifiedMs: number
  /** What it takes on disk. */
  readonly bytes: number
  /** Whether a process has one of its files open. */
  readonly isOpen: boolean
  /** Why it is not touched whatever its age, as one phrase; null when it is plain files and directories. */
  readonly oddity: string | null
}

/** What a pass found of one type, and what became of it. */
export interface ArtifactTally {
  removed: number
  bytes: number
  kept: number
  readonly byReason: Partial<Record<Reason, number>>
}

/** A tally for each type that was looked at. */
export type ArtifactTallies = Readonly<Partial<Record<ArtifactType, Readonly<ArtifactTally>>>>

export const emptyTally = (): ArtifactTally => ({ removed: 0, bytes: 0, kept: 0, byReason: {} })

/** Adds one tally to another of the same type. */
export function addTally(sum: ArtifactTally, { removed, bytes, kept, byReason }: ArtifactTally): void {
  sum.removed += removed
  sum.bytes += bytes
  sum.kept += kept
  for (const [reason, count] of Object.entries(byReason) as [Reason, number][])
    sum.byReason[reason] = (sum.byReason[reason] ?? 0) + count
}

const PLURALS: Readonly<Record<ArtifactType, string>> = {
  transcript: 'transcripts',
  debug: 'debug logs',
  todo: 'todos',
  telemetry: 'telemetry files',
  log: 'logs'
}

/** The type as a person calls several: `debug logs`. */
export const artifactsText = (type: ArtifactType): string => PLURALS[type]
