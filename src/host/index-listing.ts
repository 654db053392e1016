import { splitNul } from './git.ts'

/** An entry of the index, as `git ls-files -s -v -z` writes it. Paths are bytes as latin1. */
export interface IndexEntry {
  readonly mode: string
  readonly object: string
  /** 0, or 1 to 3 of a conflict. */
  readonly stage: number
  readonly path: string
  /** `git status` does not look at these files. */
  readonly assumeUnchanged: boolean
  readonly skipWorktree: boolean
}

export const LIST_COMMAND = ['ls-files', '-s', '-v', '-z'] as const

/** `H 100644 <object> 0\t<path>`; a tag in lower case is assume-unchanged, `S` skip-worktree. */
export function parseListing(output: string): IndexEntry[] {
  return splitNul(output).map((line) => {
    const tab = line.indexOf('\t')
    const [tag = '', mode = '', object = '', stage = ''] = line.slice(0, tab).split(' ')
    const upper = tag.toUpperCase()
    return {
      mode,
      object,
      stage: Number(stage),
      path: line.slice(tab + 1),
      assumeUnchanged: tag !== upper,
      skipWorktree: upper === 'S'
    }
  })
}

/** The input of `git update-index -z --index-info` that makes these entries. */
export const indexInfo = (entries: readonly IndexEntry[]): Buffer =>
  Buffer.from(
    entries.map(({ mode, object, stage, path }) => `${mode} ${object} ${stage}\t${path}\0`).join(''),
    'latin1'
  )

/** The mode of a submodule's entry. */
export const GITLINK = '160000'

/** Whether a file of the admin directory is the index, or what a split one shares. */
export const isIndex = (path: string): boolean => path === 'index' || path.startsWith('sharedindex.')
