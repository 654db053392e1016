import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hasCommand } from './has-command.ts'
import type { Sandbox } from './sandbox.ts'

/** Why no fault can be injected; false when one can. */
export const noFaults = hasCommand('strace') ? false : 'strace is not installed'

/** A fault at the n-th system call of a kind. */
export interface Fault {
  readonly call: string
  readonly n: number
  /** As strace has it: `signal=KILL`, `error=ENOSPC`. */
  readonly fault: string
  /** Options of strace: which processes, which paths. */
  readonly options?: readonly string[]
}

/** All calls that change a file, those that git makes by itself left out. */
export const CHANGING = [
  ...['rename', 'link', 'unlink', 'mkdir', 'rmdir'],
  ...['write', 'fsync', 'fchmod', 'utimensat']
]

/** All points take many minutes: `npm run faults`. */
export const ALL_FAULTS = process.env['ALL_FAULTS'] !== undefined

/** Runs Node with a fault; whether it made so many calls of the kind. */
export function runWithFault(
  sandbox: Sandbox,
  args: readonly string[],
  { call, n, fault, options = [] }: Fault,
  env: NodeJS.ProcessEnv = process.env
): boolean {
  const log = join(sandbox.path, 'strace')
  const inject = `inject=${call}:${fault}:when=${n}`
  const strace = [...options, '-qq', '-o', log, '-e', `trace=${call}`, '-e', inject, process.execPath]
  spawnSync('strace', [...strace, ...args], {
    stdio: 'ignore',
    env: { ...env, NODE_V8_COVERAGE: '' },
    timeout: 60_000
  })
  return /\(INJECTED\)|killed by SIGKILL/.test(readFileSync(log, 'utf8'))
}
