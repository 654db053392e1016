import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMissing } from './file-error.ts'
import { type GitOptions, git } from './git.ts'

/**
 * A git directory of our own around a worktree: its index copied, its clone's objects borrowed,
 * none of its configuration, attributes, hooks or filters. So looking at the working tree runs
 * nothing that the checkout brought along, and writes nothing into it.
 */
export class ScratchRepository {
  readonly #path: string
  readonly #options: GitOptions

  private constructor(path: string, options: GitOptions) {
    this.#path = path
    this.#options = options
  }

  /**
   * @param admin the worktree's admin directory
   * @param gitDir the clone's git directory
   * @param head the commit that HEAD is on: its length tells the object format
   */
  static async open(
    workTree: string,
    admin: string,
    gitDir: string,
    head: string
  ): Promise<ScratchRepository> {
    const path = mkdtempSync(join(tmpdir(), 'claude-hooks-sweep-'))
    const indexFile = join(path, 'index')
    const options = { gitDir: path, workTree, indexFile, objectDirectory: join(gitDir, 'objects') }
    const scratch = new ScratchRepository(path, options)
    try {
      writeSkeleton(path, head.length === 64 ? 'sha256' : 'sha1')
      if (!copyIndex(admin, path)) await scratch.git(['read-tree', head])
    } catch (error) {
      scratch.remove()
      throw error
    }
    return scratch
  }

  git(args: readonly string[], options: Partial<GitOptions> = {}): Promise<string> {
    return git(args, { ...this.#options, ...options })
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
  }
}

function writeSkeleton(path: string, objectFormat: string): void {
  for (const directory of ['objects', 'refs', 'info']) mkdirSync(join(path, directory))
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/none\n')
  const config = `[core]
	repositoryformatversion = 1
	bare = false
	filemode = true
	symlinks = true
[extensions]
	objectFormat = ${objectFormat}
`
  writeFileSync(join(path, 'config'), config)
  const attributes = '* -text -filter -ident -eol -working-tree-encoding -diff -merge\n'
  writeFileSync(join(path, 'info', 'attributes'), attributes)
}

/**
 * Copies the index and what a split one shares, with their times: git tells by the index's own
 * time which files may have changed unseen since it was written.
 *
 * @returns false when there is no index
 */
function copyIndex(admin: string, path: string): boolean {
  const shared = readdirSync(admin).filter((name) => name.startsWith('sharedindex.'))
  for (const name of [...shared, 'index']) {
    try {
      const stats = lstatSync(join(admin, name))
      if (!stats.isFile()) throw new Error(`${name} is no regular file`)
      copyFileSync(join(admin, name), join(path, name), constants.COPYFILE_EXCL)
      utimesSync(join(path, name), stats.atime, stats.mtime)
    } catch (error) {
      if (name === 'index' && isMissing(error)) return false
      throw error
    }
  }
  return true
}
