import { git } from './git.ts'
import { checkPlain } from './plain-repository.ts'
import type { WorkPlaces } from './work-places.ts'

/** The commit that HEAD is on, and its tree. */
export interface Head {
  readonly commit: string
  readonly tree: string
}

/**
 * The first that git is asked about a worktree, once it is sure that git can be asked.
 *
 * @throws GitError when there is no commit; see also {@link checkPlain}
 */
export async function readHead(places: WorkPlaces): Promise<Head> {
  checkPlain(places)
  const args = ['rev-parse', 'HEAD^{commit}', 'HEAD^{tree}', '--']
  const [commit = '', tree = ''] = (await git(args, { gitDir: places.admin })).split('\n')
  return { commit, tree }
}
