import { chmodSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RescueDone } from './journal-records.ts'
import type { RescueRecord } from './rescue-record.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { type FileModes, modeBy } from './tree-size.ts'
import { readDirectory, systemPath } from './walk-directories.ts'

/** Where a rescued worktree is made anew, before it takes its old place. */
export interface RestorePlaces {
  readonly gitDir: string
  readonly workTree: string
  readonly admin: string
}

/** What its own files are to say where it is made anew. */
export interface RestoreTexts {
  readonly gitFile: string
  /** The reason of the lock that its registration has at first. */
  readonly locked: string
}

/**
 * Makes a worktree and its admin directory anew from a rescue: every byte, link and mode as it was.
 * No filter, hook or attribute of the checkout has a say: what was saved raw is laid out raw.
 *
 * @throws GitError when the rescue is gone or not whole
 */
export async function restoreRescue(
  { gitDir, workTree, admin }: RestorePlaces,
  { commit, head, staged, record }: RescueDone,
  texts: RestoreTexts
): Promise<void> {
  mkdirSync(workTree, { mode: 0o700 })
  writeGitFiles(admin, record)
  writeFileSync(join(admin, 'locked'), texts.locked)
  const scratch = ScratchRepository.create(workTree, gitDir, head)
  try {
    await scratch.git(['read-tree', `${commit}^{tree}`])
    await scratch.git(['checkout-index', '--all', '--quiet'])
    if (record.index === 'staged') {
      await scratch.git(['read-tree', staged])
      scratch.giveIndexTo(join(admin, 'index'))
    }
  } finally {
    scratch.remove()
  }
  for (const path of record.emptyDirectories) mkdirSync(systemPath(workTree, path), { recursive: true })
  writeFileSync(join(workTree, '.git'), texts.gitFile)
  setModes(workTree, record.modes)
}

function setModes(workTree: string, { umask, others }: FileModes): void {
  const directories: string[] = []
  // A file can be called `constructor`.
  const odd = new Map(Object.entries(others))
  const set = (path: string, isDirectory: boolean) => {
    const { mode } = lstatSync(systemPath(workTree, path))
    chmodSync(systemPath(workTree, path), odd.get(path) ?? modeBy(umask, mode, isDirectory))
  }
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    for (const entry of readDirectory(workTree, at)) {
      const path = `${at}${entry.name}`
      if (entry.isDirectory()) waiting.push(`${path}/`)
      if (entry.isDirectory()) directories.push(path)
      else if (!entry.isSymbolicLink()) set(path, false)
    }
  }
  // From below: one that nobody may enter stays open until all in it is done.
  for (const path of ['', ...directories].reverse()) set(path, true)
}

function writeGitFiles(admin: string, { gitFiles, modes }: RescueRecord): void {
  mkdirSync(admin, { mode: 0o777 & ~modes.umask })
  for (const { path, mode, base64 } of gitFiles) {
    const at = join(admin, path)
    mkdirSync(dirname(at), { recursive: true })
    writeFileSync(at, Buffer.from(base64, 'base64'), { flag: 'wx' })
    chmodSync(at, mode)
  }
}
