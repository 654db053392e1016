import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, known, unknown } from '../domain/fact.ts'
import type { Recovery } from '../domain/outcome.ts'
import type { Usage } from '../domain/state.ts'
import { isoTime } from '../domain/time.ts'
import { gitDirOf } from './clones.ts'
import { describeError, unlessMissing } from './file-error.ts'
import type { CloneIntent, JournalRecord } from './journal-records.ts'
import { mountWithin, readMountPoints } from './mounts.ts'
import { readUsers } from './processes.ts'
import type { RemovalTools } from './removal-tools.ts'
import { CLONE } from './slot.ts'

export interface CloneJob {
  readonly run: string
  /** The trash slot's name, unique for ever. */
  readonly slot: string
  readonly path: string
  readonly reason: string
  readonly bytes: number
  /** Looks at it where it is by then. @returns why it has to go back; null when nothing speaks against its move */
  readonly recheck: (path: string) => Promise<string | null>
}

/**
 * Moves a cache clone into the trash as it is, by one rename, where it waits until its run expires: it may be the last
 * copy of its repo. Journal the intent, move it, look once more at who is in it and what it holds, journal that it stays there. A kill in
 * between is mended by {@link endClone}.
 *
 * @returns null when it is aside, else who uses it or why else it stays; unknown when that failed: either way it is where it was
 */
export async function setCloneAside(tools: RemovalTools, job: CloneJob): Promise<Fact<Usage | null>> {
  const { journal, trash, now } = tools
  let intent: CloneIntent | undefined
  try {
    const planned = planMove(tools, job)
    journal.append(job.run, planned)
    intent = planned
    trash.create(job.slot)
    trash.take(intent, CLONE, intent.identity)
    const user = await findFinding(trash.pathOf(job.slot, CLONE), intent, job)
    if (!user.known || user.value !== null) {
      takeBack(tools, job.run, intent)
      return user
    }
    journal.append(job.run, { type: 'set-aside', at: isoTime(now()), slot: job.slot })
    return user
  } catch (error) {
    return failed(describeError(error), () => intent !== undefined && takeBack(tools, job.run, intent))
  }
}

function planMove({ now }: RemovalTools, { slot, path, reason, bytes }: CloneJob): CloneIntent {
  const mount = mountWithin(readMountPoints(), path)
  if (mount !== undefined) throw new Error(`Something is mounted at ${mount}`)
  const { dev, ino } = lstatSync(path)
  return { type: 'set-clone-aside', at: isoTime(now()), slot, path, reason, identity: { dev, ino }, bytes }
}

async function findFinding(
  path: string,
  intent: CloneIntent,
  { recheck }: CloneJob
): Promise<Fact<Usage | null>> {
  const user = findUser(path, intent)
  return user.known && user.value === null ? known(await recheck(path)) : user
}

/** Who entered it, or made a worktree of it, right before it was moved. */
function findUser(path: string, { identity: { dev, ino } }: CloneIntent): Fact<Usage | null> {
  const worktrees = join(gitDirOf(path) ?? path, 'worktrees')
  const [made] = unlessMissing(() => readdirSync(worktrees), [])
  if (made !== undefined) return known(`worktree ${made}`)
  return readUsers([{ path, device: dev, inode: ino }]).of(path)
}

function failed(why: string, mend: () => unknown): Fact<never> {
  try {
    mend()
    return unknown('REMOVE_FAILED', why)
  } catch (error) {
    return unknown('REMOVE_FAILED', `${why}; it could not be put back: ${describeError(error)}`)
  }
}

/** Puts a clone back whose move did not come to its end. Safe to repeat. */
function takeBack({ trash, journal, now }: RemovalTools, run: string, intent: CloneIntent): void {
  const { slot } = intent
  if (trash.stateOf(slot).hasClone) trash.putBack(intent, CLONE)
  journal.append(run, { type: 'restored', at: isoTime(now()), slot })
  // Last: without its slot nobody ends it.
  if (trash.stateOf(slot).exists) trash.removeSlot(slot)
}

/**
 * Ends what a killed pass or undo left of a clone: one that nobody looked through for users yet goes back, one that
 * expires is deleted. What is meant to wait in the trash waits on.
 *
 * @param steps the kinds of what the run journalled of it
 * @returns null when there was nothing to end
 */
export async function endClone(
  tools: RemovalTools,
  run: string,
  intent: CloneIntent,
  steps: ReadonlySet<JournalRecord['type']>
): Promise<Recovery['how'] | null> {
  const { trash, journal, now } = tools
  const { slot, path } = intent
  if (steps.has('expired')) {
    await deleteSlot(tools, slot)
    return 'finished'
  }
  if (trash.stateOf(slot).hasClone) {
    if (steps.has('set-aside')) return null
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
      // A newer one has its place: the older one waits for an undo, whole as it is.
      journal.append(run, { type: 'set-aside', at: isoTime(now()), slot })
      return 'finished'
    }
  } else if (steps.has('set-aside')) {
    noteReturn(tools, run, intent)
    trash.removeSlot(slot)
    return 'finished'
  }
  takeBack(tools, run, intent)
  return 'restored'
}

/** An undo had moved it back and was cut off before it said so; without an undo, somebody took it out by hand. */
function noteReturn({ journal, now }: RemovalTools, run: string, { slot, identity }: CloneIntent): void {
  const at = isoTime(now())
  for (const undo of journal.runs().reverse()) {
    const back = journal.read(undo).find((one) => one.type === 'undo-clone' && one.of === slot)
    if (back?.type !== 'undo-clone') continue
    journal.append(undo, { type: 'undone', at, slot: back.slot, identity })
    return
  }
  journal.append(run, { type: 'expired', at, slot })
}

/** Deletes the clones for good that a run moved aside. @throws when something is left: it is tried again */
export async function expireClones(tools: RemovalTools, run: string): Promise<void> {
  const { journal, trash, now } = tools
  const aside = journal.read(run).flatMap((record) => (record.type === 'set-aside' ? record.slot : []))
  for (const slot of aside) {
    if (!trash.stateOf(slot).exists) continue
    // What is half deleted must not be brought back.
    journal.append(run, { type: 'expired', at: isoTime(now()), slot })
    await deleteSlot(tools, slot)
  }
}

async function deleteSlot({ trash }: RemovalTools, slot: string): Promise<void> {
  await trash.empty(slot)
  trash.removeSlot(slot)
}
