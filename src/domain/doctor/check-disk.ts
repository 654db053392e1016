import { formatBytes } from '../summary.ts'
import { type Check, ok, warning } from './check.ts'

/** What is free on the file system of a place. */
export type SpaceFacts = { readonly name: string } & (
  | { readonly kind: 'unknown'; readonly why: string }
  | {
      readonly kind: 'known'
      readonly freeBytes: number
      /** File names that can still be made; null where the file system sets no limit. */
      readonly freeFiles: number | null
    }
)

/** Fewer than this and a rescue's objects may find no name. */
const LEAST_FILES = 1000

/** @param neededBytes what one pass may write there */
export function checkDisk(space: SpaceFacts, neededBytes: number): Check {
  const name = `free, ${space.name}`
  if (space.kind === 'unknown') return warning(name, `not known (${space.why})`, 'see the directory above')
  const { freeBytes, freeFiles } = space
  const files = freeFiles === null ? '' : `, ${freeFiles} files`
  const saw = `${formatBytes(freeBytes)}${files}`
  if (freeBytes < neededBytes)
    return warning(name, saw, `make room: a pass may need ${formatBytes(neededBytes)} there`)
  if (freeFiles !== null && freeFiles < LEAST_FILES)
    return warning(name, saw, 'make room: the file system has hardly a file name left')
  return ok(name, saw)
}
