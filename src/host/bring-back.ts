import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { BroughtBack } from '../domain/outcome.ts'
import { isoTime } from '../domain/time.ts'
import { describeError, unlessMissing } from './file-error.ts'
import type { Branch, JournalRecord, RemovalIntent, RescueDone, UndoIntent } from './journal-records.ts'
import { createRef, tipOf, whyNotCreate } from './refs.ts'
import { adminNames, type Registration } from './registration.ts'
import { registeredAs } from './registrations.ts'
import type { RemovalTools } from './removal-tools.ts'
import { restoreRescue } from './restore-rescue.ts'
import { ADMIN, lockText, WORKTREE } from './slot.ts'

export interface UndoJob {
  readonly run: string
  /** The trash slot's name, unique for ever. */
  readonly slot: string
  readonly intent: RemovalIntent
  readonly rescued: RescueDone
}

/**
 * Brings a removed worktree back to its old place: files, index, HEAD, branch, the state of a merge or
 * rebase. It is made anew in the trash, then takes its place by two renames, its registration locked
 * meanwhile. A kill at any instruction is mended by {@link endUndo}.
 */
export async function bringBack(tools: RemovalTools, job: UndoJob): Promise<BroughtBack> {
  const { journal, now } = tools
  try {
    const newer = await findNewer(tools, job)
    if (newer !== null) return { kind: 'left', why: newer }
    const intent = planUndo(tools, job)
    journal.append(job.run, intent)
    let isMade = false
    try {
      await makeAnew(tools, intent, job.rescued)
      journal.append(job.run, { type: 'made', at: isoTime(now()), slot: job.slot })
      isMade = true
      tools.trash.placeAdmin(intent)
      tools.trash.putBack(intent, WORKTREE)
    } catch (error) {
      // What stands at its place by then is not taken away again: the next pass ends it.
      if (!hasItsPlace(tools, intent, isMade)) await withdraw(tools, job.run, intent)
      throw error
    }
    await settle(tools, job.run, intent)
    return { kind: 'back' }
  } catch (error) {
    return { kind: 'failed', why: describeError(error) }
  }
}

/** What stands in the way, as one sentence. */
async function findNewer({ root }: RemovalTools, { intent, rescued }: UndoJob): Promise<string | null> {
  if (unlessMissing(() => lstatSync(intent.path), undefined) !== undefined) {
    return 'something newer stands in its place'
  }
  const gitDir = root.pathOf(intent.registration.gitDir)
  // Git would take the second one of the same place for a leftover, and prune it.
  const other = registeredAs(gitDir, intent.path)
  if (other !== undefined) {
    return `a worktree that is gone is still registered there as ${other}: run git worktree prune in ${gitDir} first`
  }
  return rescued.branch === null ? null : findNewerBranch(gitDir, rescued.branch)
}

async function findNewerBranch(gitDir: string, { ref, tip }: Branch): Promise<string | null> {
  const name = ref.slice('refs/heads/'.length)
  const now = await tipOf(gitDir, ref)
  if (now === tip) return null
  if (now !== null) return `its branch ${name} is at another commit by now`
  const why = await whyNotCreate(gitDir, ref, tip)
  return why === null ? null : `its branch ${name} cannot be made again: ${why}`
}

function planUndo({ root, now }: RemovalTools, { slot, intent, rescued }: UndoJob): UndoIntent {
  const { path, registration } = intent
  const at = isoTime(now())
  const free = { ...registration, id: freeId(root.pathOf(registration.gitDir), registration) }
  return { type: 'undo', at, slot, of: intent.slot, path, registration: free, branch: rescued.branch }
}

/** The old name of its admin directory, or as git does it, with a number behind. */
function freeId(gitDir: string, { id }: Registration): string {
  for (let number = 0; ; number += 1) {
    const name = number === 0 ? id : `${id}${number}`
    if (unlessMissing(() => lstatSync(join(gitDir, 'worktrees', name)), undefined) === undefined) return name
  }
}

async function makeAnew(
  { root, trash }: RemovalTools,
  intent: UndoIntent,
  rescued: RescueDone
): Promise<void> {
  const { slot, registration } = intent
  trash.create(slot)
  const [workTree, admin] = [trash.pathOf(slot, WORKTREE), trash.pathOf(slot, ADMIN)]
  const places = { gitDir: root.pathOf(registration.gitDir), workTree, admin }
  const gitFile = `gitdir: ${root.pathOf(adminNames(registration))}\n`
  await restoreRescue(places, rescued, { gitFile, locked: lockText(slot) })
}

/** Whether what was made anew in the trash is there no more. */
const hasItsPlace = ({ trash }: RemovalTools, { slot }: UndoIntent, isMade: boolean): boolean =>
  isMade && !trash.stateOf(slot).hasWorktree

/** Ends what was placed: the branch, the lock, the slot. Safe to repeat. */
async function settle(
  { root, trash, journal, now }: RemovalTools,
  run: string,
  intent: UndoIntent
): Promise<void> {
  const { slot, branch, registration } = intent
  const gitDir = root.pathOf(registration.gitDir)
  if (branch !== null && (await tipOf(gitDir, branch.ref)) === null) {
    await createRef(gitDir, branch.ref, branch.tip)
  }
  trash.unlockRegistration(intent)
  // Somebody may have taken it away again by the time that a killed undo is ended.
  const { dev, ino } = lstatSync(intent.path, { throwIfNoEntry: false }) ?? { dev: 0, ino: 0 }
  journal.append(run, { type: 'undone', at: isoTime(now()), slot, identity: { dev, ino } })
  // Last: without its slot nobody ends it.
  trash.removeSlot(slot)
}

/** Takes back what has not taken its place yet: the rescue still holds all of it. Safe to repeat. */
async function withdraw(
  { trash, journal, now }: RemovalTools,
  run: string,
  intent: UndoIntent
): Promise<void> {
  const { slot } = intent
  // What is half taken back looks like what has taken its place.
  journal.append(run, { type: 'withdrawing', at: isoTime(now()), slot })
  if (trash.hasLock(intent)) trash.takeAdmin(intent)
  await trash.empty(slot)
  if (trash.stateOf(slot).exists) trash.removeSlot(slot)
  journal.append(run, { type: 'withdrawn', at: isoTime(now()), slot })
}

/**
 * Ends what a killed undo left: what has taken its place is finished, all else taken back.
 *
 * @param steps the kinds of what it journalled
 */
export async function endUndo(
  tools: RemovalTools,
  run: string,
  intent: UndoIntent,
  steps: ReadonlySet<JournalRecord['type']>
): Promise<'finished' | 'withdrawn'> {
  if (hasItsPlace(tools, intent, steps.has('made') && !steps.has('withdrawing'))) {
    await settle(tools, run, intent)
    return 'finished'
  }
  await withdraw(tools, run, intent)
  return 'withdrawn'
}
