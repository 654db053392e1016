import type { CacheRoot } from './cache-root.ts'
import { deleteEntries, deleteTree } from './delete-tree.ts'
import { describeError } from './file-error.ts'

/**
 * Deletes slots of the trash with all that is in them, by one `rm`: for a process each, small ones would take half as long
 * again. What it could not delete is tried by itself. Nobody waits until it is on disk: what a crash brings back the next
 * pass deletes again.
 *
 * @returns why some are left, by slot
 */
export async function deleteSlots(
  root: CacheRoot,
  slots: readonly string[]
): Promise<ReadonlyMap<string, string>> {
  const faults = new Map<string, string>()
  if (slots.length === 0) return faults
  try {
    const trash = root.directory.open('sweeper-trash')
    try {
      await deleteEntries(trash, slots, root.trash)
      for (const slot of slots) {
        await deleteTree(trash, slot, root.trash).catch((error) => faults.set(slot, describeError(error)))
      }
    } finally {
      trash.close()
    }
  } catch (error) {
    for (const slot of slots) faults.set(slot, describeError(error))
  }
  return faults
}
