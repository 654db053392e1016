import type { FileModes } from '../domain/state.ts'
import type { Registration } from './registration.ts'
import type { Survey } from './survey-work.ts'

/** Where a rescued worktree was, and where its rescue is. */
export interface RescuePlace {
  readonly run: string
  readonly path: string
  readonly registration: Registration
  readonly ref: string
}

/** A file of the admin directory, as text that holds any bytes. */
interface RecordedFile {
  readonly path: string
  readonly mode: number
  readonly base64: string
}

/** What a rescue knows beside its trees: enough to make the worktree anew. */
export interface RescueRecord {
  readonly schema: 'claude-hooks-sweep/rescue@1'
  readonly path: string
  readonly head: string
  readonly gitFiles: readonly RecordedFile[]
  readonly modes: FileModes
  /** Directories that hold nothing, by relative path in bytes as latin1. */
  readonly emptyDirectories: readonly string[]
}

export function makeRecord(place: RescuePlace, survey: Survey, head: string, modes: FileModes): string {
  const isLeft = below(survey.rebuildable)
  const others = Object.entries(modes.others).filter(([path]) => !isLeft(path))
  const record: RescueRecord = {
    schema: 'claude-hooks-sweep/rescue@1',
    path: place.path,
    head,
    gitFiles: survey.files.map(({ path, mode, content }) => ({
      path,
      mode,
      base64: content.toString('base64')
    })),
    modes: { umask: modes.umask, others: Object.fromEntries(others) },
    emptyDirectories: survey.directories.empty.filter((path) => !isLeft(`${path}/`))
  }
  return JSON.stringify(record)
}

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

/** @throws when it is no record that this version understands */
export function parseRecord(text: string): RescueRecord {
  const record = JSON.parse(text) as RescueRecord
  if (record.schema !== 'claude-hooks-sweep/rescue@1') {
    throw new Error('its rescue was made by another version of claude-hooks-sweep')
  }
  return record
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
