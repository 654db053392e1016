import { type Check, hint, ok, warning, wrong } from './check.ts'

/** What is at the path of a directory. */
export type DirectoryFacts = { readonly path: string } & (
  | { readonly kind: 'absent' }
  | { readonly kind: 'unusable'; readonly why: string }
  | ({ readonly kind: 'directory' } & RealDirectory)
)

interface RealDirectory {
  readonly owner: number
  /** The permission bits. */
  readonly mode: number
  /** The number of its file system. */
  readonly device: number
  readonly writable: boolean
}

export interface Directories {
  /** The user that this runs as. */
  readonly user: number
  readonly state: DirectoryFacts
  readonly sweeper: DirectoryFacts
  readonly cache: DirectoryFacts
  readonly worktrees: DirectoryFacts
  readonly trash: DirectoryFacts
}

/** What is expected of one directory. */
interface Expectation {
  readonly name: string
  /** What it means when it is not there. */
  readonly absent: (path: string) => Check
  /** How a pass ends that cannot use it. */
  readonly exitCode: 1 | 78
  /** Permission bits that it must not have. */
  readonly forbidden: number
}

const WRITE_BY_OTHERS = 0o022
const ANY_BY_OTHERS = 0o077

const NOT_YET = 'none yet; made when it is needed'

const EXPECTATIONS = {
  state: {
    name: 'state directory',
    absent: (path) =>
      wrong(
        'state directory',
        `${path} does not exist`,
        'name the directory that holds sessions.json in CLAUDE_HOOKS_STATE_DIR',
        78
      ),
    exitCode: 78,
    forbidden: WRITE_BY_OTHERS
  },
  sweeper: {
    name: 'sweeper directory',
    absent: () => ok('sweeper directory', NOT_YET),
    exitCode: 78,
    forbidden: ANY_BY_OTHERS
  },
  cache: {
    name: 'cache directory',
    absent: (path) =>
      warning(
        'cache directory',
        `${path} does not exist, so there is no worktree`,
        'if there should be some, name the directory that holds them in CLAUDE_HOOKS_CACHE_DIR'
      ),
    exitCode: 78,
    forbidden: WRITE_BY_OTHERS
  },
  worktrees: {
    name: 'worktrees',
    absent: () => ok('worktrees', 'none yet'),
    exitCode: 1,
    forbidden: WRITE_BY_OTHERS
  },
  trash: { name: 'trash', absent: () => ok('trash', NOT_YET), exitCode: 1, forbidden: ANY_BY_OTHERS }
} as const satisfies Record<string, Expectation>

/** A line for each directory, in the order in which a pass needs them, and one for the file systems. */
export const checkDirectories = (directories: Directories): Check[] => {
  const { user, state, sweeper, cache, worktrees, trash } = directories
  return [
    checkDirectory(state, user, EXPECTATIONS.state),
    checkDirectory(sweeper, user, EXPECTATIONS.sweeper),
    checkDirectory(cache, user, EXPECTATIONS.cache),
    checkDirectory(worktrees, user, EXPECTATIONS.worktrees),
    checkDirectory(trash, user, EXPECTATIONS.trash),
    ...checkFileSystem(directories)
  ]
}

function checkDirectory(directory: DirectoryFacts, user: number, expected: Expectation): Check {
  const { path, kind } = directory
  const { name, exitCode, forbidden } = expected
  if (kind === 'absent') return expected.absent(path)
  if (kind === 'unusable')
    return wrong(name, `${path} ${directory.why}`, 'check its owner and mode', exitCode)
  const { owner, mode, writable } = directory
  const saw = `${path} (owner ${owner}, mode ${mode.toString(8)})`
  if (!writable) return wrong(name, `${saw} cannot be written`, `run as user ${owner}, its owner`, exitCode)
  if ((mode & forbidden) !== 0) {
    const bits = forbidden === ANY_BY_OTHERS ? 'rwx' : 'w'
    return warning(name, saw, `chmod go-${bits} it: others can reach into it`)
  }
  return owner === user ? ok(name, saw) : checkOwner(name, saw, owner, user)
}

/** Root may write everywhere, and passes may well run as root. */
const checkOwner = (name: string, saw: string, owner: number, user: number): Check =>
  user === 0
    ? hint(name, saw, `run as user ${owner}, unless passes run as root, too`)
    : warning(name, saw, `run as user ${owner}: what user ${user} writes there would not be its own`)

/** A worktree is moved aside by a rename, which no file system boundary lets through. */
function checkFileSystem({ cache, worktrees, trash }: Directories): Check[] {
  const at = trash.kind === 'directory' ? trash : cache
  if (at.kind !== 'directory' || worktrees.kind !== 'directory') return []
  if (at.device === worktrees.device) return [ok('file system', "the trash is on the worktrees' own")]
  const saw = `the trash, in ${at.path}, is on another than ${worktrees.path}`
  const advice = 'mount the whole cache directory, not a part of it: no worktree can be moved aside'
  return [wrong('file system', saw, advice)]
}
