import type { Cadence } from '../config/cadence.ts'
import { cadence as parseCadence } from '../config/cadence.ts'
import { type InstallPlaces, installPlaces, type Scope } from '../config/load-installation.ts'
import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import { findUser, type SystemUser } from '../host/system-user.ts'
import { isProgramPath, isUnitPath } from '../host/unit-text.ts'

/** What the command line asks for cannot be installed. */
class InstallRefusedError extends Error {
  readonly code = 'INSTALL_REFUSED'
}

/** For which systemd units are written or removed, and where. */
export interface Target {
  readonly scope: Scope
  readonly places: InstallPlaces
}

/** @throws InstallRefusedError when this user may not */
export function findTarget(flags: Flags, env: Environment): Target {
  const isRoot = process.getuid?.() === 0
  const scope = flags['system'] === true || (isRoot && flags['user'] !== true) ? 'system' : 'user'
  if (scope === 'system' && !isRoot && flags['print'] !== true) {
    throw new InstallRefusedError('--system writes below /etc: run it as root, or leave it out for --user')
  }
  return { scope, places: installPlaces(scope, env) }
}

/** Whom a system's passes run as. */
export interface RunAs extends SystemUser {
  readonly name: string
}

const SERVICE_USER = 'claude-hooks'

/** @returns undefined for a user's own systemd. @throws InstallRefusedError */
export function findRunAs(scope: Scope, flags: Flags): RunAs | undefined {
  const asked = flags['runAs']
  if (scope === 'user') {
    if (asked === undefined) return undefined
    throw new InstallRefusedError('--run-as needs --system: a user has no systemd for other users')
  }
  const name = typeof asked === 'string' ? asked : SERVICE_USER
  const user = findUser(name)
  if (user === undefined) {
    throw new InstallRefusedError(
      `There is no user ${JSON.stringify(name)}: name the one that runs claude-hooks with --run-as <user>`
    )
  }
  // Root without its capabilities, as the unit has it, sees less of root's processes than anybody else of theirs.
  if (user.uid === 0) {
    throw new InstallRefusedError(
      'The service cannot run as root: name the user that runs claude-hooks with --run-as <user>, or install --user'
    )
  }
  return { name, ...user }
}

/** @returns undefined when nothing is asked for. @throws InstallRefusedError */
export function findCadence({ every }: Flags): Cadence | undefined {
  if (typeof every !== 'string') return undefined
  const parsed = parseCadence(every)
  if ('value' in parsed) return parsed.value
  throw new InstallRefusedError(`--every: expected ${parsed.expected}, not ${JSON.stringify(every)}`)
}

/** A unit must be able to name what it runs, and find it there later. @throws InstallRefusedError */
export function checkPaths(node: string, others: readonly string[]): void {
  if (!isProgramPath(node)) {
    throw new InstallRefusedError(`systemd runs no program with quotes in its path, as Node's: ${node}`)
  }
  const bad = others.find((path) => !isUnitPath(path))
  if (bad !== undefined) {
    throw new InstallRefusedError(`No unit can name a path with control characters: ${JSON.stringify(bad)}`)
  }
  if (others.some((path) => path.includes('/_npx/'))) {
    throw new InstallRefusedError(
      "npx keeps a command only for a while: npm install --global claude-hooks-sweep, and run that one's install"
    )
  }
}
