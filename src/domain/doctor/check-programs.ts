import { type Check, ok, warning, wrong } from './check.ts'

/** Another program: what it says of its version, or why it says nothing. */
export type Program =
  | { readonly kind: 'runs'; readonly says: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fails'; readonly why: string }

export interface Programs {
  /** This Node's own version, without the `v`. */
  readonly node: string
  readonly git: Program
  readonly flock: Program
}

/** `engines` in the manifest says the same. */
export const LEAST_NODE = '20.20'

/** Git before this does not wait until what it writes is on disk (`core.fsync`), whatever it is told. */
const LEAST_GIT = '2.36'

export const checkPrograms = ({ node, git, flock }: Programs): Check[] => [
  isOlder(node, LEAST_NODE) ? wrong('Node', node, `install Node ${LEAST_NODE} or later`) : ok('Node', node),
  checkGit(git),
  checkFlock(flock)
]

function checkGit(git: Program): Check {
  const instead = `install git ${LEAST_GIT} or later, where PATH finds it: without it no worktree is removed`
  if (git.kind === 'missing') return wrong('git', 'there is none', instead)
  if (git.kind === 'fails') return wrong('git', `it fails: ${git.why}`, instead)
  const version = /\d+(?:\.\d+)+/.exec(git.says)?.[0]
  if (version === undefined) return warning('git', `its version is not understood: ${git.says}`, instead)
  if (!isOlder(version, LEAST_GIT)) return ok('git', version)
  return warning(
    'git',
    version,
    `install git ${LEAST_GIT} or later: this one may lose a rescue in a power cut`
  )
}

/** Busybox's knows no `--version`: that it starts is enough. */
function checkFlock(flock: Program): Check {
  if (flock.kind !== 'missing') return ok('flock', flock.kind === 'runs' ? flock.says : 'it is there')
  return wrong('flock', 'there is none', 'install util-linux: without it no pass can take its lock', 78)
}

/** Compares `major.minor`; what follows does not count. */
function isOlder(version: string, least: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number)
  return major < leastMajor || (major === leastMajor && minor < leastMinor)
}
