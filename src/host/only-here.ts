import { join } from 'node:path'
import { type AdminFile, branchOfHead, namedObjects } from './admin-files.ts'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import { readRegularFile } from './regular-file.ts'
import type { WorkPlaces } from './work-places.ts'

/** The commits of a worktree that no remote-tracking branch reaches. */
export interface OnlyHere {
  /** One of them, for a sentence; null when a remote has all. */
  readonly any: string | null
  /** Those that neither HEAD nor another of them reaches: what a rescue has to name beside HEAD. */
  readonly heads: readonly string[]
  /** A ref of the worktree's own that names a tag, tree or blob; null when there is none. */
  readonly oddRef: string | null
}

const MAX_LOG_BYTES = 16 * 1024 * 1024

/** Looks at HEAD and at every commit that the worktree's own files and its branch's reflog name. */
export async function findOnlyHere(places: WorkPlaces, files: readonly AdminFile[]): Promise<OnlyHere> {
  const named = namedObjects(files, branchLog(places, files))
  const options = { gitDir: places.admin }
  const oddRef = await findOddRef(places, files)
  // Exactly those that the object database still has; a blob or tree among them is passed over.
  const list = ['rev-list', '--ignore-missing']
  const any = (await git([...list, '-n1', 'HEAD', ...named, '--not', '--remotes'], options)).trim()
  if (any === '' || named.length === 0) return { any: any || null, heads: [], oddRef }
  const lines = await git([...list, '--parents', ...named, '--not', 'HEAD', '--remotes'], options)
  return { any, heads: headsOf(lines), oddRef }
}

/** The reflog of the branch goes with the branch; what it alone knows is saved as well. */
function branchLog({ gitDir }: WorkPlaces, files: readonly AdminFile[]): string {
  const head = files.find(({ path }) => path === 'HEAD')?.content.toString('utf8') ?? ''
  const ref = branchOfHead(head)
  if (ref === null) return ''
  return unlessMissing(() => readRegularFile(join(gitDir, 'logs', ref), MAX_LOG_BYTES).toString('latin1'), '')
}

/** Lines of `git rev-list --parents`: the commits that are no parent of another. */
function headsOf(lines: string): string[] {
  const commits = lines.split('\n').slice(0, -1)
  const parents = new Set(commits.flatMap((line) => line.split(' ').slice(1)))
  return commits.map((line) => line.split(' ')[0] ?? '').filter((commit) => !parents.has(commit))
}

/** No commit can name a tag, so that it stays; what is gone from the repository is nobody's loss here. */
async function findOddRef({ gitDir }: WorkPlaces, files: readonly AdminFile[]): Promise<string | null> {
  const refs = files
    .filter(({ path }) => path.startsWith('refs/'))
    .map(({ path, content }) => [path, content.toString('latin1').trim()] as const)
    .filter(([, object]) => /^[0-9a-f]+$/.test(object))
  if (refs.length === 0) return null
  const input = refs.map(([, object]) => `${object}\n`).join('')
  const types = (await git(['cat-file', '--batch-check=%(objecttype)'], { gitDir, input })).split('\n')
  const odd = refs.find((_, index) => ['tag', 'tree', 'blob'].includes(types[index] ?? ''))
  return odd?.[0] ?? null
}
