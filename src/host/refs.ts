import { git } from './git.ts'
import { checkPlainRef } from './plain-repository.ts'

/** The commit that a ref names; null when there is no such ref. @throws GitError */
export async function tipOf(gitDir: string, ref: string): Promise<string | null> {
  const found = await git(['rev-parse', '-q', '--verify', `${ref}^{commit}`], { gitDir, alsoOk: [1] })
  return found.trim() || null
}

/** Makes a ref that must not be there yet. @throws GitError, and when a link is on the way to it */
export async function createRef(gitDir: string, ref: string, commit: string): Promise<void> {
  checkPlainRef(gitDir, ref)
  await git(['update-ref', ref, commit, zero(commit)], { gitDir })
}

/** Why a ref cannot be made, for people; null when it can. It is locked and let go again. */
export async function whyNotCreate(gitDir: string, ref: string, commit: string): Promise<string | null> {
  try {
    checkPlainRef(gitDir, ref)
    const input = `start\ncreate ${ref} ${commit}\nprepare\nabort\n`
    await git(['update-ref', '--stdin'], { gitDir, input })
    return null
  } catch (error) {
    return error instanceof Error ? error.message : 'nobody knows why'
  }
}

/** Deletes refs, each only while it names its commit. @throws GitError, and when a link is on the way to one: then all stay */
export async function deleteRefsAt(
  gitDir: string,
  refs: readonly { readonly ref: string; readonly tip: string }[]
): Promise<void> {
  if (refs.length === 0) return
  for (const { ref } of refs) checkPlainRef(gitDir, ref)
  const input = refs.map(({ ref, tip }) => `delete ${ref} ${tip}\n`).join('')
  await git(['update-ref', '--stdin'], { gitDir, input })
}

/** Deletes refs, whatever they name; those that are gone are passed over. @throws as {@link deleteRefsAt} */
export async function deleteRefs(gitDir: string, refs: readonly string[]): Promise<void> {
  for (const ref of refs) checkPlainRef(gitDir, ref)
  const input = refs.map((ref) => `delete ${ref}\n`).join('')
  await git(['update-ref', '--stdin'], { gitDir, input })
}

const zero = (commit: string): string => '0'.repeat(commit.length)
