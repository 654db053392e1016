import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fact, known } from '../domain/fact.ts'
import type { CloneWork } from '../domain/state.ts'
import { type AdminFile, namedObjects } from './admin-files.ts'
import { gitDirOf, readAlternates, unreadable } from './clones.ts'
import { unlessMissing } from './file-error.ts'
import { git } from './git.ts'
import { ObstacleError } from './obstacle.ts'
import { checkPlain } from './plain-repository.ts'
import { readHead } from './read-head.ts'
import { readRegularFile } from './regular-file.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { surveyWork } from './survey-work.ts'
import { measureTree } from './tree-size.ts'
import { readablePath } from './walk-directories.ts'

/**
 * What is in a git directory where nothing was done but to clone, fetch, and add and remove worktrees. All else, a lock,
 * a submodule, large files, a rebase under way, can be somebody's work.
 */
const OF_GIT: ReadonlySet<string> = new Set([
  ...['HEAD', 'FETCH_HEAD', 'ORIG_HEAD', 'config', 'description', 'index', 'packed-refs', 'shallow'],
  ...['branches', 'hooks', 'info', 'logs', 'objects', 'refs', 'worktrees']
])

const MAX_CONFIG_BYTES = 1024 * 1024
const MAX_LOGS_BYTES = 64 * 1024 * 1024

/**
 * Looks for what a cache clone holds beside what its remote-tracking branches reach. Runs nothing that it configures.
 *
 * @param maxBytes as for a rescue: more changed files than this are not looked through
 */
export async function inspectClone(path: string, maxBytes: number): Promise<Fact<CloneWork>> {
  try {
    const gitDir = gitDirOf(path)
    if (gitDir === undefined) throw new Error('it is no clone any more')
    const holds = findOdd(gitDir) ?? (await findHeld(path, gitDir, maxBytes))
    return known({ holds, bytes: measureTree(path).bytes })
  } catch (error) {
    return unreadable(error)
  }
}

/** What no plain clone has, as one phrase. */
function findOdd(gitDir: string): string | null {
  const entries = readdirSync(gitDir, { withFileTypes: true, encoding: 'latin1' })
  const odd = entries.find((entry) => !OF_GIT.has(entry.name) || entry.isSymbolicLink())
  if (odd !== undefined) return `${readablePath(odd.name)} among its git files`
  const hook = list(join(gitDir, 'hooks')).find((name) => !name.endsWith('.sample'))
  if (hook !== undefined) return `a hook (${readablePath(hook)})`
  const lock = readdirSync(gitDir, { recursive: true, encoding: 'latin1' }).find((name) =>
    name.endsWith('.lock')
  )
  if (lock !== undefined) return `a lock (${readablePath(lock)})`
  if (readAlternates(gitDir).length > 0) return 'objects borrowed from another repository'
  const config = readRegularFile(join(gitDir, 'config'), MAX_CONFIG_BYTES).toString('latin1')
  return /^\s*worktree\s*=/im.test(config) ? 'a working tree elsewhere' : null
}

const list = (directory: string): string[] => unlessMissing(() => readdirSync(directory, 'latin1'), [])

async function findHeld(path: string, gitDir: string, maxBytes: number): Promise<string | null> {
  checkPlain({ gitDir, admin: gitDir })
  return (
    (await findOwnCommit(gitDir)) ??
    (await findOtherRemote(path, gitDir)) ??
    findChanges(path, gitDir, maxBytes)
  )
}

/** A ref, or a commit that a ref, HEAD or a reflog names, which no remote-tracking branch reaches. */
async function findOwnCommit(gitDir: string): Promise<string | null> {
  const format = '--format=%(objectname) %(objecttype) %(*objecttype) %(refname)'
  const lines = (await git(['for-each-ref', format], { gitDir })).split('\n').slice(0, -1)
  const refs = lines.map((line) => {
    const [id = '', type, peeled, ...name] = line.split(' ')
    return { id, type: type === 'tag' ? peeled : type, name: name.join(' ') }
  })
  const rescue = refs.find(({ name }) => name.startsWith('refs/claude-hooks-sweep/'))
  if (rescue !== undefined) return `a rescue (${readablePath(rescue.name)})`
  // A mirror has them as its own: nobody can tell what of it was made here.
  if (!refs.some(isTracking)) return 'no remote-tracking branch'
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

/**
 * A remote that is not called as the clone is: what Forgejo says of the one name tells nothing of the other. Its URL can
 * hold a password, and is not shown.
 */
async function findOtherRemote(path: string, gitDir: string): Promise<string | null> {
  const command = ['config', '--get-regexp', '^remote\\..*\\.url$']
  const lines = (await git(command, { gitDir, alsoOk: [1] })).split('\n').slice(0, -1)
  if (lines.length === 0) return 'no remote'
  const name = path.split('/').slice(-2).join('/').toLowerCase()
  const isOwn = (line: string) =>
    /[^/:]+\/[^/]+$/.exec(line.replace(/(?:\.git)?\/*$/, ''))?.[0].toLowerCase() === name
  const other = lines.find((line) => !isOwn(line))
  return other === undefined ? null : `a remote of another repo (${readablePath(other.split(' ')[0] ?? '')})`
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
