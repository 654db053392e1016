import { lstatSync } from 'node:fs'
import type { Recovery, Removal } from '../domain/outcome.ts'
import { isoTime } from '../domain/time.ts'
import type { CacheRoot } from './cache-root.ts'
import { deleteBranch } from './delete-branch.ts'
import { deleteTree } from './delete-tree.ts'
import { Directory } from './directory.ts'
import { describeError } from './file-error.ts'
import { type InspectedWork, inspectWork, workPlaces } from './inspect-work.ts'
import type { Journal, RemovalIntent } from './journal.ts'
import { mountWithin, readMountPoints } from './mounts.ts'
import { adminNames, type Registration, readRegistration } from './registration.ts'
import { ADMIN, type Trash, WORKTREE } from './trash.ts'

export interface RemovalTools {
  readonly root: CacheRoot
  readonly trash: Trash
  readonly journal: Journal
  readonly now: () => number
}

/**
 * Removes a worktree so that a kill at any instruction can be mended by the next pass:
 * journal the intent, lock the registration, move the worktree aside, look into it once more (nobody
 * works there now), move the admin directory aside, delete the branch, delete the trash, journal the end.
 *
 * Up to the move of the admin directory a failure puts everything back; from there on the removal
 * is finished, now or by {@link finishRemovals}.
 */
export async function removeWorktree(
  tools: RemovalTools,
  { run, slot, path, reason }: { run: string; slot: string; path: string; reason: string }
): Promise<Removal> {
  const { journal, trash } = tools
  const plan = await planRemoval(tools, slot, path, reason).catch(describeError)
  if (typeof plan === 'string') return { kind: 'failed', why: plan }
  try {
    journal.append(run, plan.intent)
    trash.create(slot)
    const held = await moveAside(tools, plan)
    if (held.unsaved === null) trash.takeAdmin(plan.intent)
    else return putBack(tools, run, plan.intent, { kind: 'unsaved', holds: held.unsaved })
  } catch (error) {
    return putBack(tools, run, plan.intent, { kind: 'failed', why: describeError(error) })
  }
  try {
    await finishRemoval(tools, run, plan.intent)
  } catch (error) {
    return { kind: 'failed', why: `${describeError(error)}; the next pass deletes what is left` }
  }
  return { kind: 'removed' }
}

interface RemovalPlan {
  readonly intent: RemovalIntent
  readonly work: InspectedWork
  readonly identity: { readonly dev: number; readonly ino: number }
}

async function planRemoval(
  tools: RemovalTools,
  slot: string,
  path: string,
  reason: string
): Promise<RemovalPlan> {
  const { root, now } = tools
  const mount = mountWithin(readMountPoints(), path)
  if (mount !== undefined) throw new Error(`Something is mounted at ${mount}`)
  const worktree = Directory.open(path)
  try {
    const registration = readRegistration(root, worktree, path)
    const work = await inspectWork(workPlaces(root, registration, path))
    const branch = branchOf(root, registration, work.head)
    const at = isoTime(now())
    const intent = { type: 'remove', at, slot, path, reason, registration, branch, head: work.head } as const
    const { dev, ino } = worktree.self()
    return { intent, work, identity: { dev, ino } }
  } finally {
    worktree.close()
  }
}

function branchOf(root: CacheRoot, registration: Registration, tip: string): RemovalIntent['branch'] {
  const admin = root.directory.open(...adminNames(registration))
  try {
    const ref = /^ref: (refs\/heads\/.+)$/.exec(admin.readSmallFile('HEAD').trim())?.[1]
    return ref === undefined ? null : { ref, tip }
  } finally {
    admin.close()
  }
}

async function moveAside(tools: RemovalTools, { intent, identity }: RemovalPlan): Promise<InspectedWork> {
  const { root, trash } = tools
  trash.lockRegistration(intent)
  trash.takeWorktree(intent, identity)
  const moved = workPlaces(root, intent.registration, trash.pathOf(intent.slot, WORKTREE))
  return inspectWork(moved)
}

/** Undoes what was done before the registration went. Safe to repeat. */
function putBack(tools: RemovalTools, run: string, intent: RemovalIntent, result: Removal): Removal {
  try {
    restoreWorktree(tools, run, intent)
    return result
  } catch (error) {
    const first = result.kind === 'failed' ? `${result.why}; ` : ''
    return { kind: 'failed', why: `${first}it could not be put back: ${describeError(error)}` }
  }
}

function restoreWorktree({ trash, journal, now }: RemovalTools, run: string, intent: RemovalIntent): void {
  const { slot } = intent
  if (trash.stateOf(slot).hasWorktree) trash.returnWorktree(intent)
  trash.unlockRegistration(intent)
  if (trash.stateOf(slot).exists) trash.removeSlot(slot)
  journal.append(run, { type: 'restored', at: isoTime(now()), slot })
}

/** Finishes a removal whose admin directory is in the trash. Safe to repeat. */
async function finishRemoval(tools: RemovalTools, run: string, intent: RemovalIntent): Promise<void> {
  const { root, trash, journal, now } = tools
  // Still there when somebody else deleted the worktree before it was moved.
  trash.unlockRegistration(intent)
  await deleteBranch(root, intent)
  // The worktree first: while the admin directory is there, the removal is known to be decided.
  await deleteTree(trash.pathOf(intent.slot, WORKTREE))
  await deleteTree(trash.pathOf(intent.slot, ADMIN))
  trash.removeSlot(intent.slot)
  journal.append(run, { type: 'done', at: isoTime(now()), slot: intent.slot })
}

/**
 * Ends what killed passes left in the trash: a worktree whose registration still stands goes back to
 * its place and is decided on anew, one that is registered no more is deleted.
 */
export async function finishRemovals(tools: RemovalTools): Promise<Recovery[]> {
  const results: Recovery[] = []
  for (const slot of tools.trash.list()) {
    const path = tools.trash.pathOf(slot, WORKTREE)
    const run = slot.split('.')[0] ?? ''
    const records = tools.journal.read(run)
    const intent = records.find((record) => record.type === 'remove' && record.slot === slot)
    if (intent?.type !== 'remove') {
      results.push({ path, how: 'failed', why: 'no journal tells what it was: look at it by hand' })
      continue
    }
    try {
      results.push({ path: intent.path, how: await endRemoval(tools, run, intent), why: null })
    } catch (error) {
      results.push({ path: intent.path, how: 'failed', why: describeError(error) })
    }
  }
  return results
}

async function endRemoval(
  tools: RemovalTools,
  run: string,
  intent: RemovalIntent
): Promise<'finished' | 'restored'> {
  const { hasAdmin, hasWorktree } = tools.trash.stateOf(intent.slot)
  const isPlaced = unlessGone(() => lstatSync(intent.path).isDirectory())
  // The last step before the slot itself goes: both are deleted, nothing is at the old place.
  if (hasAdmin || (!hasWorktree && !isPlaced)) {
    await finishRemoval(tools, run, intent)
    return 'finished'
  }
  restoreWorktree(tools, run, intent)
  return 'restored'
}

function unlessGone(look: () => boolean): boolean {
  try {
    return look()
  } catch {
    return false
  }
}
