import type { ActiveIds } from './active-ids.ts'
import type { ArtifactFacts } from './artifact.ts'
import type { Reason } from './decision.ts'
import { DAY } from './time.ts'

/** What is decided on artifacts by. Times are milliseconds since 1970. */
export interface ArtifactRules {
  readonly now: number
  /** How long those of this type are kept, at least 1. */
  readonly days: number
  readonly active: ActiveIds
}

/** What happens to an artifact, and why: data, for one of a million too small for evidence. */
export interface ArtifactDecision {
  readonly action: 'keep' | 'remove'
  readonly reason: Reason
}

const keepFor = (reason: Reason): ArtifactDecision => ({ action: 'keep', reason })

/** Made once: there is one for each file of a tree. */
const REMOVE: ArtifactDecision = { action: 'remove', reason: 'max-age' }
const KEEP_YOUNG = keepFor('too-young')
const KEEP_LATEST = keepFor('protected')
const KEEP_ODD = keepFor('unsafe-path')
const KEEP_ACTIVE = keepFor('referenced')
const KEEP_OPEN = keepFor('busy')

/** Claude's name for the debug log that is written now. */
const LATEST = 'latest'

/** Whether an artifact goes. The first guard that matches decides; only age removes. */
export function decideArtifact(artifact: ArtifactFacts, rules: ArtifactRules): ArtifactDecision {
  const { type, name, modifiedMs, oddity, isOpen } = artifact
  // What is a link, or leads out of the home, is no artifact.
  if (oddity !== null) return KEEP_ODD
  if (type === 'debug' && name === LATEST) return KEEP_LATEST
  if (!isPastDays(rules.now, modifiedMs, rules.days)) return KEEP_YOUNG
  // A session of the store is gone on with, however long it rested.
  if (rules.active.spares(type, name)) return KEEP_ACTIVE
  // Who writes rarely still writes.
  return isOpen ? KEEP_OPEN : REMOVE
}

/**
 * Ages as `find -mtime +N` counts them: whole days, rounded down, and more than N of them. 0 days keep
 * for ever, as `find` would not.
 */
export const isPastDays = (now: number, modifiedMs: number, days: number): boolean =>
  days > 0 && Math.floor((now - modifiedMs) / DAY) > days
