import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import type { IndexEntry } from './index-listing.ts'
import { readRegularFile } from './regular-file.ts'
import { bytePath } from './walk-directories.ts'
import type { WorkPlaces } from './work-places.ts'

const CONVERTING = /(?:eol=crlf|filter|ident|working-tree-encoding|crlf)/

const MAX_BYTES = 1024 * 1024

/**
 * Whether files may stand on disk other than in the repository: by attributes (line ends, LFS, `$Id$`,
 * encodings) or by settings, also the user's own. Then git's word that a file is unchanged says
 * nothing of its bytes. In doubt they may.
 */
export async function mayConvert(places: WorkPlaces, listing: readonly IndexEntry[]): Promise<boolean> {
  const attributes = listing.filter(({ path }) => /(?:^|\/)\.gitattributes$/.test(path))
  if (attributes.some(({ path }) => isConverting(places.workTree, path))) return true
  const info = unlessMissing(() => lstatSync(join(places.gitDir, 'info/attributes')), undefined)
  if (info !== undefined && info.size > 0) return true
  const names = '^core\\.(autocrlf|eol|attributesfile)$'
  const options = { gitDir: places.gitDir, alsoOk: [1], userSettings: true }
  return (await git(['config', '--get-regexp', names], options)) !== ''
}

function isConverting(workTree: string, path: string): boolean {
  try {
    return CONVERTING.test(readRegularFile(bytePath(workTree, path), MAX_BYTES).toString('latin1'))
  } catch {
    return true
  }
}
