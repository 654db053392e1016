import { lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { unlessMissing } from './file-error.ts'

/** A reflog that names more commits than fit a command line is nothing that an agent's run writes. */
const MAX_TIPS = 20_000
const MAX_BYTES = 16 * 1024 * 1024

/**
 * The commits that a worktree's own files name beside HEAD: what its reflog saw, and where HEAD was
 * before the last reset or merge. They may be gone from the repository.
 */
export function readTips(admin: string): string[] {
  const text = ['logs/HEAD', 'ORIG_HEAD'].map((name) => readBounded(join(admin, name))).join('\n')
  const tips = new Set(text.match(/\b[0-9a-f]{64}\b|\b[0-9a-f]{40}\b/g) ?? [])
  const commits = [...tips].filter((tip) => !/^0+$/.test(tip))
  if (commits.length > MAX_TIPS) throw new Error(`Its reflog names more than ${MAX_TIPS} commits`)
  return commits
}

function readBounded(path: string): string {
  return unlessMissing(() => {
    const stats = lstatSync(path)
    if (!stats.isFile() || stats.size > MAX_BYTES) throw new Error(`${path} is not a file of at most 16 MiB`)
    return readFileSync(path, 'latin1')
  }, '')
}
