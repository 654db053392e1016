import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describeError, errnoOf } from './file-error.ts'

/** A directory or file of the state cannot be used. */
class StateUnusableError extends Error {
  readonly code = 'STATE_UNUSABLE'
}

/** Where the files of the state directory are. */
export interface StatePaths {
  readonly store: string
  readonly sweeper: string
  readonly lock: string
  readonly ledger: string
  readonly journal: string
  readonly lastRun: string
}

export function statePaths(stateDir: string): StatePaths {
  const sweeper = join(stateDir, 'sweeper')
  return {
    store: join(stateDir, 'sessions.json'),
    sweeper,
    lock: join(sweeper, 'lock'),
    ledger: join(sweeper, 'ledger.json'),
    journal: join(sweeper, 'journal'),
    lastRun: join(sweeper, 'last-run.json')
  }
}

/** Makes the sweeper's own directory. @throws StateUnusableError */
export function makeSweeperDirectory({ sweeper }: StatePaths): void {
  orUnusable(sweeper, () => mkdirSync(sweeper, { recursive: true, mode: 0o700 }))
}

/** Turns a failed system call into a sentence that says which path is at fault. */
export function orUnusable<T>(path: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    if (errnoOf(error)?.startsWith('E') !== true) throw error
    const why = describeError(error).split(',')[0]
    const advice = isFull(error) ? 'make room on its disk' : 'check its owner and mode'
    throw new StateUnusableError(`${path} cannot be used (${why}): ${advice}`, { cause: error })
  }
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')
