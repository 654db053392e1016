import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { isRebuildable } from '../domain/rebuildable.ts'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import type { GitStatus } from './git-status.ts'
import { readRegularFile } from './regular-file.ts'
import { systemPath } from './walk-directories.ts'
import type { WorkPlaces } from './work-places.ts'

/** An attribute that is set to convert; `-text` and the like are not. */
const CONVERTING = /(?<![-!\w])(?:text|eol|crlf|filter|ident|working-tree-encoding)\b/

const MAX_BYTES = 1024 * 1024

/** The settings by which git would convert files, also the user's own; empty when there are none. */
export function readConversionSettings({ gitDir }: WorkPlaces): Promise<string> {
  const names = '^(core\\.(autocrlf|eol|attributesfile)|filter\\..*)$'
  return git(['config', '--get-regexp', names], { gitDir, alsoOk: [1], userSettings: true })
}

/**
 * Whether files may stand on disk other than in the repository: by attributes (line ends, LFS, `$Id$`,
 * encodings) or by settings. Then git's word that a file is unchanged says nothing of its bytes. In
 * doubt they may: attributes that changed could have had a say before.
 *
 * @param attributes the `.gitattributes` files of the worktree
 * @param settings see {@link readConversionSettings}
 */
export function mayConvert(
  { workTree, gitDir }: WorkPlaces,
  attributes: readonly string[],
  { staged, changed, untracked, ignored }: GitStatus,
  settings: string
): boolean {
  const dirty = [...staged, ...changed, ...untracked, ...ignored]
  if (settings !== '' || dirty.some((path) => ATTRIBUTES.test(path))) return true
  const ours = attributes.filter((path) => !isRebuildable(path))
  if (ours.some((path) => isConverting(workTree, path))) return true
  const info = unlessMissing(() => lstatSync(join(gitDir, 'info/attributes')), undefined)
  return info !== undefined && info.size > 0
}

const ATTRIBUTES = /(?:^|\/)\.gitattributes$/

function isConverting(workTree: string, path: string): boolean {
  try {
    return CONVERTING.test(readRegularFile(systemPath(workTree, path), MAX_BYTES).toString('latin1'))
  } catch {
    return true
  }
}
