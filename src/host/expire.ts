import { lstatSync } from 'node:fs'
import type { CacheRoot } from './cache-root.ts'
import { describeError, unlessMissing } from './file-error.ts'
import type { Journal } from './journal.ts'
import type { JournalRecord } from './journal-records.ts'
import { deleteRefs } from './refs.ts'
import type { RemovalTools } from './removal-tools.ts'
import { rescueRef } from './rescue-record.ts'
import { expireClones } from './set-clone-aside.ts'

/**
 * Removes the rescues, and the cache clones, of runs that are kept long enough, then their journals. What is still in
 * the trash keeps its run's journal.
 *
 * @param tools undefined when there is no cache directory, and so no rescue
 * @returns what could not be removed, one sentence for each run: it is tried again
 */
export async function expireRuns(
  journal: Journal,
  tools: RemovalTools | undefined,
  isExpired: (run: string) => boolean
): Promise<string[]> {
  const faults: string[] = []
  for (const run of journal.runs()) {
    if (!isExpired(run)) continue
    try {
      if (tools !== undefined) await expireClones(tools, run)
      if (tools?.trash.list().some((slot) => slot.split('.')[0] === run)) continue
      if (tools !== undefined) await deleteRescues(tools.root, journal.read(run))
      journal.remove(run)
    } catch (error) {
      faults.push(`What the run ${run} saved has expired and could not be removed: ${describeError(error)}`)
    }
  }
  return faults
}

/** By the intents: a ref can have been made by a run that was killed before it said so. */
async function deleteRescues(root: CacheRoot, records: readonly JournalRecord[]): Promise<void> {
  const clones = new Map<string, string[]>()
  for (const record of records) {
    if (record.type !== 'remove') continue
    const gitDir = root.pathOf(record.registration.gitDir)
    clones.set(gitDir, [...(clones.get(gitDir) ?? []), rescueRef(record.slot, record.path)])
  }
  for (const [gitDir, refs] of clones) {
    // Without its clone a rescue is gone as well.
    if (unlessMissing(() => lstatSync(gitDir), undefined) === undefined) continue
    await deleteRefs(gitDir, refs)
  }
}
