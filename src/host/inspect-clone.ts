import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, known } from '../domain/fact.ts'
import type { CloneWork } from '../domain/state.ts'
import { type AdminFile, namedObjects } from './admin-files.ts'
import { gitDirOf, unreadable } from './clones.ts'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import { readAlternates } from './lenders.ts'
import { ObstacleError } from './obstacle.ts'
import { findOddGitFile } from './odd-git-file.ts'
import { findOtherRemote, type Home } from './other-remote.ts'
import { checkPlain } from './plain-repository.ts'
import { readHead } from './read-head.ts'
import { readRegularFile } from './regular-file.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { surveyWork } from './survey-work.ts'
import { measureTree } from './tree-size.ts'
import { readablePath } from './walk-directories.ts'

const MAX_CONFIG_BYTES = 1024 * 1024
const MAX_LOGS_BYTES = 64 * 1024 * 1024

/**
 * Looks for what a cache clone holds beside what its remote-tracking branches reach. Runs nothing that it configures.
 *
 * @param home the repo that it is a clone of
 * @param maxBytes as for a rescue: more changed files than this are not looked through
 */
export async function inspectClone(path: string, home: Home, maxBytes: number): Promise<Fact<CloneWork>> {
  try {
    const gitDir = gitDirOf(path)
    if (gitDir === undefined) throw new Error('it is no clone any more')
    const holds = (await findOdd(gitDir)) ?? (await findHeld(path, gitDir, home, maxBytes))
    return known({ holds, bytes: measureTree(path).bytes })
  } catch (error) {
    return unreadable(error)
  }
}

/** What keeps it without a look into its history, as one phrase. */
async function findOdd(gitDir: string): Promise<string | null> {
  // First of all: what is in git's way would hold it up.
  const odd = findOddGitFile(gitDir)
  if (odd !== null) return odd
  if (readAlternates(gitDir).length > 0) return 'objects borrowed from another repository'
  return findOddSetting(gitDir)
}

/** Asks git, which knows every way to write a setting; of the file by itself, so that it includes no other. */
async function findOddSetting(gitDir: string): Promise<string | null> {
  const command = ['config', '--file', join(gitDir, 'config'), '--get-regexp']
  const names = '^(core\\.worktree|include(if)?\\..*)$'
  const lines = await git([...command, names], { gitDir: '/nonexistent', alsoOk: [1] })
  if (/^include/m.test(lines)) throw new Error(`${join(gitDir, 'config')} includes other files`)
  return lines === '' ? null : 'a working tree elsewhere'
}

async function findHeld(path: string, gitDir: string, home: Home, maxBytes: number): Promise<string | null> {
  checkPlain({ gitDir, admin: gitDir })
  return (
    (await findOwnCommit(gitDir)) ??
    (await findOtherRemote(gitDir, home)) ??
    findChanges(path, gitDir, maxBytes)
  )
}

/** A ref, or a commit that a ref, HEAD or a reflog names, which no remote-tracking branch reaches. */
async function findOwnCommit(gitDir: string): Promise<string | null> {
  const format = '--format=%(objectname) %(objecttype) %(refname)'
  const lines = (await git(['for-each-ref', format], { gitDir })).split('\n').slice(0, -1)
  const refs = lines.map((line) => {
    const [id = '', type, ...name] = line.split(' ')
    return { id, type, name: name.join(' ') }
  })
  const rescue = refs.find(({ name }) => name.startsWith('refs/claude-hooks-sweep/'))
  if (rescue !== undefined) return `a rescue (${readablePath(rescue.name)})`
  // A mirror has them as its own: nobody can tell what of it was made here.
  if (!refs.some(isTracking)) return 'no remote-tracking branch'
  // Its message and signature are in the tag alone, and whether it was fetched cannot be told.
  const tag = refs.find(({ type }) => type === 'tag')
  if (tag !== undefined) return `an annotated tag (${readablePath(tag.name)})`
  const odd = refs.find(({ type }) => type !== 'commit')
  if (odd !== undefined) return `a ref that names no commit (${readablePath(odd.name)})`
  const own = refs.filter((ref) => !isTracking(ref)).map(({ id }) => id)
  const ids = [...own, ...namedObjects(readLogs(gitDir), '')]
  const input = ids.map((id) => `${id}\n`).join('')
  const command = ['rev-list', '-n1', '--ignore-missing', '--stdin', '--not', '--remotes']
  const commit = (await git(command, { gitDir, input })).trim()
  return commit === '' ? null : `a commit that is on no remote-tracking branch (${commit.slice(0, 12)})`
}

const isTracking = ({ name }: { name: string }): boolean => name.startsWith('refs/remotes/')

/** HEAD and its like, and all reflogs. @throws when there is more than 64 MiB of them, or a link among them */
function readLogs(gitDir: string): AdminFile[] {
  const logs = unlessMissing(
    () => readdirSync(join(gitDir, 'logs'), { recursive: true, withFileTypes: true }),
    []
  )
  const paths = logs
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  const heads = ['HEAD', 'FETCH_HEAD', 'ORIG_HEAD'].map((name) => join(gitDir, name))
  let left = MAX_LOGS_BYTES
  return [...heads, ...paths].flatMap((path) => {
    const content = unlessMissing(() => readRegularFile(path, left), undefined)
    left -= content?.length ?? 0
    return content === undefined ? [] : [{ path, mode: 0, content }]
  })
}

/** What its own working tree holds. One that was never checked out holds nothing. */
async function findChanges(path: string, gitDir: string, maxBytes: number): Promise<string | null> {
  if (gitDir === path) return null
  if (readdirSync(path).length === 1 && !readdirSync(gitDir).includes('index')) return null
  const places = { workTree: path, admin: gitDir, gitDir }
  const scratch = await ScratchRepository.open(places, (await readHead(places)).commit)
  try {
    const content = readRegularFile(join(gitDir, 'HEAD'), MAX_CONFIG_BYTES)
    const survey = await surveyWork(places, scratch, maxBytes, [{ path: 'HEAD', mode: 0o644, content }])
    return survey.holds ?? survey.obstacle
  } catch (error) {
    if (error instanceof ObstacleError) return error.holds
    throw error
  } finally {
    scratch.remove()
  }
}
