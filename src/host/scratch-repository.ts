import {
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMissing, unlessMissing } from './file-error.ts'
import { type GitOptions, git } from './git.ts'
import { type IndexEntry, indexInfo, isIndex } from './index-listing.ts'
import { isOrdinaryIndex } from './ordinary-index.ts'
import type { WorkPlaces } from './work-places.ts'

/** Whether what is made there is to stay, or only its clone is read. */
export type Writes = 'to-clone' | 'to-itself'

/**
 * A git directory of our own around a worktree: its index copied, its clone's objects borrowed,
 * none of its configuration, attributes, hooks or filters. So looking at the working tree runs
 * nothing that the checkout brought along, and writes nothing into it.
 */
export class ScratchRepository {
  readonly #path: string
  readonly #options: GitOptions
  readonly #hashBytes: number

  private constructor(path: string, head: string, options: GitOptions) {
    this.#path = path
    this.#hashBytes = head.length / 2
    this.#options = options
  }

  /**
   * @param head the commit that HEAD is on: its length tells the object format
   * @param writes where objects go that are made in it
   */
  static async open(
    { workTree, admin, gitDir }: WorkPlaces,
    head: string,
    writes: Writes = 'to-clone'
  ): Promise<ScratchRepository> {
    const scratch = ScratchRepository.create(workTree, gitDir, head, writes)
    try {
      if (!copyIndex(admin, scratch.#path)) await scratch.git(['read-tree', head])
    } catch (error) {
      scratch.remove()
      throw error
    }
    return scratch
  }

  /** One with an empty index. */
  static create(
    workTree: string,
    gitDir: string,
    head: string,
    writes: Writes = 'to-clone'
  ): ScratchRepository {
    const path = mkdtempSync(join(tmpdir(), 'claude-hooks-sweep-'))
    const indexFile = join(path, 'index')
    const objects = join(gitDir, 'objects')
    const options =
      writes === 'to-clone'
        ? { gitDir: path, workTree, indexFile, objectDirectory: objects }
        : { gitDir: path, workTree, indexFile, alternates: objects, unflushed: true }
    try {
      writeSkeleton(path, head)
    } catch (error) {
      rmSync(path, { recursive: true, force: true })
      throw error
    }
    return new ScratchRepository(path, head, options)
  }

  git(args: readonly string[], options: Partial<GitOptions> = {}): Promise<string> {
    return git(args, { ...this.#options, ...options })
  }

  /** Whether its index holds nothing that git would have to tell of. */
  hasOrdinaryIndex(): boolean {
    const index = unlessMissing(() => readFileSync(join(this.#path, 'index')), undefined)
    return index !== undefined && isOrdinaryIndex(index, this.#hashBytes)
  }

  /** Copies its index to a place of its own. */
  giveIndexTo(path: string): void {
    copyFileSync(join(this.#path, 'index'), path, constants.COPYFILE_EXCL)
  }

  /** All objects that were made in it, as one pack in bytes as latin1; null when there are none. */
  async pack(): Promise<string | null> {
    const objects = join(this.#path, 'objects')
    const directories = readdirSync(objects).filter((name) => /^[0-9a-f]{2}$/.test(name))
    const names = directories.flatMap((name) => readdirSync(join(objects, name)).map((rest) => name + rest))
    if (names.length === 0) return null
    return this.git(['pack-objects', '-q', '--stdout'], { input: names.map((name) => `${name}\n`).join('') })
  }

  /** The path of another index than its own. */
  otherIndex(name: string): string {
    return join(this.#path, `index-${name}`)
  }

  /** Makes the index anew without what it knows of the files: git then compares each by its content. */
  async rebuildIndex(entries: readonly IndexEntry[]): Promise<void> {
    for (const name of readdirSync(this.#path)) if (isIndex(name)) rmSync(join(this.#path, name))
    await this.git(['update-index', '-z', '--index-info'], { input: indexInfo(entries) })
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true })
  }
}

function writeSkeleton(path: string, head: string): void {
  const objectFormat = head.length === 64 ? 'sha256' : 'sha1'
  for (const directory of ['objects', 'refs', 'info']) mkdirSync(join(path, directory))
  writeFileSync(join(path, 'HEAD'), `${head}\n`)
  const config = `[core]
	repositoryformatversion = 1
	bare = false
	filemode = true
	symlinks = true
	untrackedCache = false
	protectNTFS = false
	protectHFS = false
[extensions]
	objectFormat = ${objectFormat}
`
  writeFileSync(join(path, 'config'), config)
  const attributes = '* -text -filter -ident -eol -working-tree-encoding -diff -merge\n'
  writeFileSync(join(path, 'info', 'attributes'), attributes)
}

const isSharedIndex = (name: string): boolean => isIndex(name) && name !== 'index'

/**
 * Copies the index and what a split one shares, with their times: git tells by the index's own
 * time which files may have changed unseen since it was written.
 *
 * @returns false when there is no index
 */
function copyIndex(admin: string, path: string): boolean {
  for (const name of ['index', ...readdirSync(admin).filter(isSharedIndex)]) {
    try {
      const stats = lstatSync(join(admin, name), { bigint: true })
      if (!stats.isFile()) throw new Error(`${name} is no regular file`)
      copyFileSync(join(admin, name), join(path, name), constants.COPYFILE_EXCL)
      // Never later, not by a millisecond: git would take a change of that moment for seen.
      const time = new Date(Number(stats.mtimeNs / 1_000_000n))
      utimesSync(join(path, name), time, time)
    } catch (error) {
      if (name === 'index' && isMissing(error)) return false
      throw error
    }
  }
  return true
}
