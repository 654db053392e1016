import { lstatSync } from 'node:fs'
import type { BroughtBack } from '../domain/outcome.ts'
import { isoTime } from '../domain/time.ts'
import { describeError } from './file-error.ts'
import type { CloneIntent } from './journal-records.ts'
import type { RemovalTools } from './removal-tools.ts'
import { CLONE } from './slot.ts'

/**
 * Moves a cache clone from the trash back to its place, while that is free. A kill in between is mended by `endClone`.
 *
 * @param slot the undo's own, for the journal alone
 */
export function bringCloneBack(
  tools: RemovalTools,
  run: string,
  slot: string,
  intent: CloneIntent
): BroughtBack {
  const { trash, journal, now } = tools
  const { path, identity } = intent
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there?.dev === identity.dev && there.ino === identity.ino) return { kind: 'already' }
  if (there !== undefined) return { kind: 'left', why: 'something newer stands in its place' }
  if (!trash.stateOf(intent.slot).hasClone)
    return { kind: 'failed', why: `it is not in ${trash.pathOf(intent.slot, CLONE)} any more` }
  try {
    journal.append(run, { type: 'undo-clone', at: isoTime(now()), slot, of: intent.slot, path })
    trash.putBack(intent, CLONE)
    journal.append(run, { type: 'undone', at: isoTime(now()), slot, identity })
    trash.removeSlot(intent.slot)
    return { kind: 'back' }
  } catch (error) {
    return { kind: 'failed', why: describeError(error) }
  }
}
