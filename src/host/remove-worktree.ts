import { type Fact, known } from '../domain/fact.ts'
import type { Removal, Removed } from '../domain/outcome.ts'
import type { Usage } from '../domain/state.ts'
import { isoTime } from '../domain/time.ts'
import type { CacheRoot } from './cache-root.ts'
import { Directory } from './directory.ts'
import { describeError } from './file-error.ts'
import type { Rest } from './finish-removals.ts'
import type { RemovalIntent, RescueDone } from './journal-records.ts'
import { mountWithin, readMountPoints } from './mounts.ts'
import { ObstacleError } from './obstacle.ts'
import { readUsers } from './processes.ts'
import { adminNames, type Registration, readRegistration } from './registration.ts'
import type { RemovalTools } from './removal-tools.ts'
import { type Rescue, rescueWork } from './rescue.ts'
import { rescueRef } from './rescue-record.ts'
import { restoreWorktree } from './restore-worktree.ts'
import { WORKTREE } from './slot.ts'
import { sizeOf } from './tree-size.ts'
import { readablePath } from './walk-directories.ts'
import { workPlaces } from './work-places.ts'

/** One removal. */
export interface RemovalJob {
  readonly run: string
  /** The trash slot's name, unique for ever. */
  readonly slot: string
  readonly path: string
  readonly reason: string
}

/** A worktree that is gone from its place, and what is left to do about it. */
interface Taken extends Removed {
  readonly rest: Rest
}

/**
 * Removes a worktree so that all of it can be brought back, and so that a kill at any instruction can be
 * mended by the next pass: journal the intent, lock the registration, move the worktree aside, rescue what
 * it holds, journal the rescue, look once more for who uses it, move the admin directory aside. That much is done
 * here, one by one in each clone. The rest, {@link finishRemovals} for several at once: journal that it is decided, delete
 * the branch, delete the trash, journal the end.
 *
 * Up to the move of the admin directory a failure puts everything back; from there on the removal
 * is finished, now or by the next pass.
 */
export async function removeWorktree(tools: RemovalTools, job: RemovalJob): Promise<Removal | Taken> {
  const { journal, trash } = tools
  let intent: RemovalIntent | undefined
  try {
    const planned = planRemoval(tools, job)
    journal.append(job.run, planned)
    intent = planned
    trash.create(job.slot)
    trash.lockRegistration(intent)
    trash.take(intent, WORKTREE, intent.identity)
    const [rescued, bytes] = await rescue(tools, job, intent)
    checkUnused(trash.pathOf(job.slot, WORKTREE), intent.identity)
    trash.takeAdmin(intent)
    const { ref, holds, branch } = rescued
    return { kind: 'removed', rescue: ref, holds, bytes, rest: { intent, branch } }
  } catch (error) {
    const result = failureOf(error)
    return intent === undefined ? result : putBack(tools, job.run, intent, result)
  }
}

/** Somebody is at work in a worktree that was moved aside. */
class InUseError extends Error {
  readonly usage: Fact<Usage>

  constructor(usage: Fact<Usage>) {
    super('It is in use')
    this.usage = usage
  }
}

/** Who entered it right before it was moved works on in the trash. @throws InUseError */
function checkUnused(path: string, { dev, ino }: RemovalIntent['identity']): void {
  const usage = readUsers([{ path, device: dev, inode: ino }]).of(path)
  if (!usage.known) throw new InUseError(usage)
  if (usage.value !== null) throw new InUseError(known(usage.value))
}

function failureOf(error: unknown): Removal {
  if (error instanceof ObstacleError) return { kind: 'unsaved', holds: error.holds }
  if (error instanceof InUseError) return { kind: 'in-use', usage: error.usage }
  return { kind: 'failed', why: describeError(error) }
}

function planRemoval({ root, now }: RemovalTools, { slot, path, reason }: RemovalJob): RemovalIntent {
  const mount = mountWithin(readMountPoints(), path)
  if (mount !== undefined) throw new Error(`Something is mounted at ${mount}`)
  const worktree = Directory.open(path)
  try {
    const registration = readRegistration(root, worktree, path)
    const { dev, ino } = worktree.self()
    const identity = { dev, ino }
    return { type: 'remove', at: isoTime(now()), slot, path, reason, registration, identity }
  } finally {
    worktree.close()
  }
}

/** Saves what the moved worktree holds, and journals that it is saved. @returns its size, too */
async function rescue(
  tools: RemovalTools,
  job: RemovalJob,
  intent: RemovalIntent
): Promise<[RescueDone, number]> {
  const { root, trash, journal, now, maxRescueBytes } = tools
  const { slot, path, registration } = intent
  const places = workPlaces(root, registration, trash.pathOf(slot, WORKTREE))
  const ref = rescueRef(slot, path)
  const { bytes, rebuildable, ...saved } = await rescueWork(places, ref, maxRescueBytes)
  const branch = branchOf(root, registration, saved)
  const left = rebuildable.map((name) => ({
    path: readablePath(name),
    bytes: sizeOf(places.workTree, name)
  }))
  const rescued = { type: 'rescued', at: isoTime(now()), slot, ref, branch, left, ...saved } as const
  journal.append(job.run, rescued)
  return [rescued, bytes]
}

function branchOf(
  root: CacheRoot,
  registration: Registration,
  { head }: Pick<Rescue, 'head'>
): RescueDone['branch'] {
  const admin = root.directory.open(...adminNames(registration))
  try {
    const ref = /^ref: (refs\/heads\/.+)$/.exec(admin.readSmallFile('HEAD').trim())?.[1]
    // One whose name is not UTF-8 has no string that git would find it by: it stays.
    return ref === undefined || ref.includes('\ufffd') ? null : { ref, tip: head }
  } finally {
    admin.close()
  }
}

/** Undoes what was done before the registration went. */
function putBack(tools: RemovalTools, run: string, intent: RemovalIntent, result: Removal): Removal {
  try {
    restoreWorktree(tools, run, intent)
    return result
  } catch (error) {
    const first = result.kind === 'failed' ? `${result.why}; ` : ''
    return { kind: 'failed', why: `${first}it could not be put back: ${describeError(error)}` }
  }
}
