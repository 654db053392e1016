import { lstatSync } from 'node:fs'
import type { CacheRoot } from './cache-root.ts'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import { type Journal, type JournalRecord, startOf } from './journal.ts'
import type { RemovalTools } from './removal-tools.ts'
import { rescueRef } from './rescue-record.ts'

/**
 * Removes the rescues of runs that started before a time, then their journals. What is still in the
 * trash keeps its run's journal.
 *
 * @param tools undefined when there is no cache directory, and so no rescue
 * @param before milliseconds since 1970 UTC
 */
export async function expireRuns(
  journal: Journal,
  tools: RemovalTools | undefined,
  before: number
): Promise<void> {
  const inTrash = new Set(tools?.trash.list().map((slot) => slot.split('.')[0]))
  for (const run of journal.runs()) {
    if (!(startOf(run) < before) || inTrash.has(run)) continue
    if (tools !== undefined) await deleteRefs(tools.root, journal.read(run))
    journal.remove(run)
  }
}

/** By the intents: a ref can have been made by a run that was killed before it said so. */
async function deleteRefs(root: CacheRoot, records: readonly JournalRecord[]): Promise<void> {
  const clones = new Map<string, string[]>()
  for (const record of records) {
    if (record.type !== 'remove') continue
    const gitDir = root.pathOf(record.registration.gitDir)
    clones.set(gitDir, [...(clones.get(gitDir) ?? []), rescueRef(record.slot, record.path)])
  }
  for (const [gitDir, refs] of clones) {
    // Without its clone a rescue is gone as well.
    if (unlessMissing(() => lstatSync(gitDir), undefined) === undefined) continue
    await git(['update-ref', '--stdin'], { gitDir, input: refs.map((ref) => `delete ${ref}\n`).join('') })
  }
}
