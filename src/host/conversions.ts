import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import type { IndexEntry } from './index-listing.ts'
import { readRegularFile } from './regular-file.ts'
import { systemPath } from './walk-directories.ts'
import type { WorkPlaces } from './work-places.ts'

const CONVERTING = /(?:eol=crlf|filter|ident|working-tree-encoding|crlf)/

const MAX_BYTES = 1024 * 1024

/** The settings by which git would convert files, also the user's own; empty when there are none. */
export function readConversionSettings({ gitDir }: WorkPlaces): Promise<string> {
  const names = '^core\\.(autocrlf|eol|attributesfile)$'
  return git(['config', '--get-regexp', names], { gitDir, alsoOk: [1], userSettings: true })
}

/**
 * Whether files may stand on disk other than in the repository: by attributes (line ends, LFS, `$Id$`,
 * encodings) or by settings. Then git's word that a file is unchanged says nothing of its bytes. In
 * doubt they may.
 */
export function mayConvert(
  { workTree, gitDir }: WorkPlaces,
  listing: readonly IndexEntry[],
  settings: string
): boolean {
  const attributes = listing.filter(({ path }) => path.endsWith('.gitattributes'))
  if (settings !== '' || attributes.some(({ path }) => isConverting(workTree, path))) return true
  const info = unlessMissing(() => lstatSync(join(gitDir, 'info/attributes')), undefined)
  return info !== undefined && info.size > 0
}

function isConverting(workTree: string, path: string): boolean {
  try {
    return CONVERTING.test(readRegularFile(systemPath(workTree, path), MAX_BYTES).toString('latin1'))
  } catch {
    return true
  }
}
