import { spawnSync } from 'node:child_process'
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Another pass is at work. */
class LockHeldError extends Error {
  readonly code = 'LOCK_HELD'

  constructor(holder: string) {
    super(`Another pass is running (${holder}): wait for it to end`)
  }
}

/** The lock could not be asked for at all. */
class LockUnavailableError extends Error {
  readonly code = 'LOCK_UNAVAILABLE'

  constructor(why: string) {
    super(`The lock cannot be taken: ${why}; flock (util-linux) and a local file system are needed`)
  }
}

export interface Lock {
  release(): void
}

/**
 * Takes the lock by flock(2) through the `flock` command, which locks the description that this
 * process keeps open. So the kernel lets go of it the moment its holder is dead, whatever killed it:
 * no age limit, no guess whether a pid is still the same process, and it holds between containers.
 *
 * (`execa` would cost as much to load as all else that a pass without work needs.)
 *
 * @throws LockHeldError naming the holder's pid and start
 */
export function takeLock(path: string, startedAt: string, run: string): Lock {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
  try {
    const { status, error, stderr } = spawnSync('flock', ['-n', '3'], {
      stdio: ['ignore', 'ignore', 'pipe', file]
    })
    // Both util-linux and busybox end with 1 when the lock is held, and with more when it cannot be asked for.
    if (status === 1) throw new LockHeldError(describeHolder(path))
    if (status !== 0) throw new LockUnavailableError(error?.message ?? String(stderr).trim())
    ftruncateSync(file)
    writeSync(file, `${JSON.stringify({ pid: process.pid, startedAt, run })}\n`, 0)
  } catch (failure) {
    closeSync(file)
    throw failure
  }
  return { release: () => closeSync(file) }
}

/** What the holder wrote; it may have had no time to yet. */
function describeHolder(path: string): string {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    return `pid ${Number(pid)}, started ${String(startedAt)}`
  } catch {
    return 'it has only just started'
  }
}
