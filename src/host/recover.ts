import { lstatSync } from 'node:fs'
import type { Recovery } from '../domain/outcome.ts'
import { endUndo } from './bring-back.ts'
import { describeError } from './file-error.ts'
import { finishRemovals, noteDone } from './finish-removals.ts'
import type { CloneIntent, JournalRecord, RemovalIntent, RescueDone, UndoIntent } from './journal-records.ts'
import { tipOf } from './refs.ts'
import type { RemovalTools } from './removal-tools.ts'
import { restoreWorktree } from './restore-worktree.ts'
import { endClone } from './set-clone-aside.ts'
import { CLONE, WORKTREE } from './slot.ts'

/**
 * Ends what killed passes left in the trash: a worktree whose registration still stands goes back to
 * its place and is decided on anew, one that is registered no more, and so is rescued, is deleted. Cache clones that
 * wait there stay.
 */
export async function recover(tools: RemovalTools): Promise<Recovery[]> {
  const results: Recovery[] = []
  for (const slot of tools.trash.list()) {
    const kind = tools.trash.stateOf(slot).hasClone ? 'cache-clone' : 'worktree'
    const path = tools.trash.pathOf(slot, kind === 'worktree' ? WORKTREE : CLONE)
    const run = slot.split('.')[0] ?? ''
    const records = tools.journal.read(run).filter((record) => 'slot' in record && record.slot === slot)
    const intent = records.find(isIntent)
    if (intent === undefined) {
      results.push({ kind, path, how: 'failed', why: 'no journal tells what it was: look at it by hand' })
      continue
    }
    const of = {
      kind: intent.type === 'set-clone-aside' ? 'cache-clone' : 'worktree',
      path: intent.path
    } as const
    try {
      const how = await end(tools, run, intent, records)
      if (how !== null) results.push({ ...of, how, why: null })
    } catch (error) {
      results.push({ ...of, how: 'failed', why: describeError(error) })
    }
  }
  return results
}

type Intent = RemovalIntent | UndoIntent | CloneIntent

const isIntent = (record: JournalRecord): record is Intent =>
  record.type === 'remove' || record.type === 'undo' || record.type === 'set-clone-aside'

/** @returns null when there is nothing to end */
async function end(
  tools: RemovalTools,
  run: string,
  intent: Intent,
  records: readonly JournalRecord[]
): Promise<Recovery['how'] | null> {
  const steps = new Set(records.map(({ type }) => type))
  if (intent.type === 'set-clone-aside') return endClone(tools, run, intent, steps)
  if (intent.type === 'undo') return endUndo(tools, run, intent, steps)
  const rescued = records.find((record) => record.type === 'rescued')
  return endRemoval(tools, run, intent, rescued, steps.has('decided'))
}

async function endRemoval(
  tools: RemovalTools,
  run: string,
  intent: RemovalIntent,
  rescued: RescueDone | undefined,
  wasDecided: boolean
): Promise<'finished' | 'restored'> {
  const { hasAdmin, hasWorktree } = tools.trash.stateOf(intent.slot)
  // When neither is there any more, the slot itself was about to go.
  const isDecided = wasDecided || (hasWorktree ? hasAdmin : !isAtItsPlace(intent))
  if (rescued !== undefined && isDecided) {
    if (hasWorktree) await checkRescue(tools, intent, rescued)
    const rest = { intent, branch: rescued.branch }
    const ending = (await finishRemovals(tools, run, [rest])).get(rest)
    if (ending?.kind === 'failed') throw new Error(ending.why)
    noteDone(tools, run, [rest])
    return 'finished'
  }
  restoreWorktree(tools, run, intent)
  return 'restored'
}

/** Days can lie between: the clone may have been deleted meanwhile and made anew. @throws when the rescue is gone */
async function checkRescue(
  { root, trash }: RemovalTools,
  { slot, registration }: RemovalIntent,
  { ref, commit }: RescueDone
): Promise<void> {
  const gitDir = root.pathOf(registration.gitDir)
  if ((await tipOf(gitDir, ref)) === commit) return
  throw new Error(
    `its rescue is gone from ${gitDir}: see what you need of ${trash.pathOf(slot, WORKTREE)}, then delete that`
  )
}

/** Whether the very directory stands where it was, moved back or never moved; not a newer one. */
function isAtItsPlace({ path, identity }: RemovalIntent): boolean {
  try {
    const { dev, ino } = lstatSync(path)
    return dev === identity.dev && ino === identity.ino
  } catch {
    return false
  }
}
