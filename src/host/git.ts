import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'
import { launch } from './launch.ts'

/** Git failed, or warned: either way its answer is not whole. */
class GitError extends Error {
  readonly code = 'GIT_FAILED'
}

export interface GitOptions {
  readonly gitDir: string
  readonly workTree?: string
  readonly indexFile?: string
  readonly objectDirectory?: string
  readonly input?: string | Uint8Array
  /** Leaves it to {@link flush} that the objects are on disk: many at once take half the time. */
  readonly unflushed?: boolean
  /** Further exit codes that are answers. */
  readonly alsoOk?: readonly number[]
  /** Ends it. */
  readonly cancelSignal?: AbortSignal
  /** Reads the user's and the machine's settings too, which is safe for `git config` alone. */
  readonly userSettings?: boolean
}

/** Nothing that a checkout or its clone configures may run: no hooks, no fsmonitor, no fetching. */
const SAFE = [
  ...['-c', 'core.hooksPath=/dev/null'],
  ...['-c', 'core.fsmonitor=false'],
  // Git by itself makes sure of nothing that it writes.
  ...['-c', 'core.fsync=objects,reference']
]

/** Longer than any repository takes: nothing that somebody lays in git's way holds a pass up for ever. */
const TIMEOUT_MS = 15 * 60_000

const PATH = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'

const IDENTITY = 'claude-hooks-sweep'

/** The environment is built from nothing: what the caller's says of git, a checkout could have set. */
const ENVIRONMENT = {
  LC_ALL: 'C',
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  // From git 2.45 on; before that no protocol being allowed keeps it from fetching what is missing.
  GIT_NO_LAZY_FETCH: '1',
  // Stronger than the repository's `protocol.ext.allow`, which a command line's setting is not.
  GIT_ALLOW_PROTOCOL: '',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_AUTHOR_NAME: IDENTITY,
  GIT_AUTHOR_EMAIL: IDENTITY,
  GIT_COMMITTER_NAME: IDENTITY,
  GIT_COMMITTER_EMAIL: IDENTITY
} as const

const NO_SETTINGS = { HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null' }

/**
 * Runs one git command on a repository that is named, never discovered.
 *
 * @returns its stdout, byte for byte as latin1: paths need not be UTF-8
 * @throws GitError on failure, and on any warning: `git status` says "clean" of what it cannot read
 */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  if (!isAbsolute(options.gitDir)) throw new TypeError('The git directory must be an absolute path')
  const fsync = options.unflushed === true ? ['-c', 'core.fsync=none'] : []
  const result = await launch(
    'git',
    [...SAFE, ...fsync, ...args],
    {
      cwd: '/',
      env: environmentOf(options),
      encoding: 'latin1',
      timeout: TIMEOUT_MS,
      ...(options.input === undefined ? {} : { input: options.input })
    },
    options.cancelSignal
  )
  const { exitCode, why, stdout, stderr } = result
  const ok = exitCode === 0 || (options.alsoOk ?? []).includes(exitCode ?? -1)
  if (ok && stderr === '') return stdout
  const said = stderr.trim().split('\n')[0] ?? ''
  throw new GitError(`git ${args[0]} failed (${exitCode ?? why}): ${said}`)
}

function environmentOf({ gitDir, workTree, indexFile, objectDirectory, userSettings }: GitOptions) {
  return {
    ...ENVIRONMENT,
    ...(userSettings === true ? { HOME: homedir() } : NO_SETTINGS),
    PATH,
    GIT_DIR: gitDir,
    ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    ...(indexFile === undefined ? {} : { GIT_INDEX_FILE: indexFile }),
    ...(objectDirectory === undefined ? {} : { GIT_OBJECT_DIRECTORY: objectDirectory })
  }
}

/** Waits until all that was written to the file system of a path is on disk. */
export async function flush(path: string): Promise<void> {
  const options = { cwd: '/', env: { PATH }, encoding: 'utf8' } as const
  const { exitCode, why } = await launch('sync', ['-f', path], options)
  if (exitCode !== 0) throw new Error(`sync failed (${exitCode ?? why})`)
}

/** Splits NUL-terminated output. */
export const splitNul = (text: string): string[] => text.split('\0').slice(0, -1)
