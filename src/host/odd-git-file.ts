import { readablePath, readDirectory } from './walk-directories.ts'

/**
 * What is in a git directory where nothing was done but to clone, fetch, and add and remove worktrees. All else, a lock,
 * a submodule, large files, a rebase under way, can be somebody's work.
 */
const OF_GIT: readonly RegExp[] = [
  /^(HEAD|FETCH_HEAD|ORIG_HEAD|config|description|index|packed-refs|shallow)$/,
  /^(branches|hooks|info|logs|objects|refs|worktrees)$/,
  /^hooks\/[^/]+\.sample$/,
  /^info\/(exclude|attributes|refs)$/,
  /^(logs|refs|worktrees)\//,
  /^objects\/(pack|info|[0-9a-f]{2}(\/([0-9a-f]{38}|[0-9a-f]{62}))?)$/,
  /^objects\/pack\/(multi-pack-index|pack-[0-9a-f]+\.(pack|idx|rev|bitmap|mtimes|promisor))$/,
  /^objects\/info\/(packs|alternates|commit-graph|commit-graphs(\/[^/]+)?)$/
]

const HEX_DIRECTORY = /^objects\/[0-9a-f]{2}$/

/**
 * Looks for what no plain clone has among its git files. Follows no link and opens no file, so that git can be asked
 * afterwards: a pipe among the refs would hold it up.
 *
 * @returns the first, as one phrase; null when there is none
 * @throws when a directory cannot be read
 */
export function findOddGitFile(gitDir: string): string | null {
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of readDirectory(gitDir, at)) {
      const name = at === '' ? entry.name : `${at}/${entry.name}`
      const odd = describeOdd(name, entry.isDirectory(), entry.isFile())
      if (odd !== null) return odd
      if (entry.isDirectory()) waiting.push(name)
    }
  }
  return null
}

function describeOdd(name: string, isDirectory: boolean, isFile: boolean): string | null {
  if (name.endsWith('.lock')) return `a lock (${readablePath(name)})`
  const isOdd = !(isDirectory || isFile) || !OF_GIT.some((pattern) => pattern.test(name))
  // A file where a directory belongs, or the other way round.
  if (!isOdd && !(isFile && HEX_DIRECTORY.test(name))) return null
  const hook = /^hooks\/(.+)$/.exec(name)?.[1]
  return hook === undefined ? `${readablePath(name)} among its git files` : `a hook (${readablePath(hook)})`
}
