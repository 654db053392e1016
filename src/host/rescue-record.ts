import type { AdminFile } from './admin-files.ts'
import { isIndex } from './index-listing.ts'
import type { Survey } from './survey-work.ts'
import type { FileModes } from './tree-size.ts'

/** A file of the admin directory, as text that holds any bytes. */
interface RecordedFile {
  readonly path: string
  readonly mode: number
  readonly base64: string
}

/** What a rescue knows beside its commit: enough to make the worktree anew. Kept in the journal. */
export interface RescueRecord {
  /** All but an index that the staged tree tells. */
  readonly gitFiles: readonly RecordedFile[]
  readonly index: Survey['index']
  readonly modes: FileModes
  /** Directories that hold nothing, by relative path in bytes as latin1. */
  readonly emptyDirectories: readonly string[]
}

export function makeRecord(
  { files, rebuildable, directories, index, differing }: Survey,
  modes: FileModes
): RescueRecord {
  const isBelow = below(rebuildable)
  const saved = new Set(differing)
  const isLeft = (path: string) => isBelow(path) && !saved.has(path)
  const others = Object.entries(modes.others).filter(([path]) => !isLeft(path))
  return {
    gitFiles: files.filter(({ path }) => index === 'file' || !isIndex(path)).map(recordFile),
    index,
    modes: { umask: modes.umask, others: Object.fromEntries(others) },
    emptyDirectories: directories.empty.filter((path) => !isLeft(`${path}/`))
  }
}

const recordFile = ({ path, mode, content }: AdminFile): RecordedFile => ({
  path,
  mode,
  base64: content.toString('base64')
})

/** Whether a path is one of these, or below one that ends in `/`. */
function below(paths: readonly string[]): (path: string) => boolean {
  const known = new Set(paths)
  return (path) => {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      if (known.has(path.slice(0, end + 1))) return true
    }
    return known.has(path)
  }
}

/** The ref of a slot's rescue: letters, digits, `-` and `_` alone, whatever the worktree is called. */
export function rescueRef(slot: string, path: string): string {
  const [run = '', number = ''] = slot.split('.')
  const name = path
    .slice(path.lastIndexOf('/') + 1)
    .replaceAll(/[^A-Za-z0-9_-]/g, '_')
    .slice(0, 100)
  return `refs/claude-hooks-sweep/${run}/${number}-${name}`
}
