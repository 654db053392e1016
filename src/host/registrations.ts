import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { unlessMissing } from './file-error.ts'
import { readRegularFile } from './regular-file.ts'

const MAX_BYTES = 64 * 1024

/** The admin directories of a clone's worktrees, by name. */
const listIds = (gitDir: string): string[] => unlessMissing(() => readdirSync(join(gitDir, 'worktrees')), [])

/** The name under which a clone has a worktree at this path registered, there or not; undefined for none. */
export const registeredAs = (gitDir: string, path: string): string | undefined =>
  listIds(gitDir).find((id) => {
    const admin = join(gitDir, 'worktrees', id)
    return resolve(admin, readText(join(admin, 'gitdir')).trimEnd()) === `${path}/.git`
  })

/** A rebase or bisect has its branch checked out no more, and goes back to it in the end. */
const BRANCH_FILES = [
  'rebase-merge/head-name',
  'rebase-merge/update-refs',
  'rebase-apply/head-name',
  'BISECT_START'
]

/** The branches that a clone or one of its worktrees is in the middle of a rebase or bisect of, and words beside them. */
export function branchesUnderWay(gitDir: string): ReadonlySet<string> {
  const directories = [gitDir, ...listIds(gitDir).map((id) => join(gitDir, 'worktrees', id))]
  const words = directories.flatMap((directory) =>
    BRANCH_FILES.flatMap((name) => readText(join(directory, name)).split(/\s+/))
  )
  return new Set(words.flatMap((word) => [word, `refs/heads/${word}`]))
}

/** Of what is no plain file nobody can tell what it names; git takes it for damaged. */
function readText(path: string): string {
  try {
    return readRegularFile(path, MAX_BYTES).toString('utf8')
  } catch {
    return ''
  }
}
