import { execFile } from 'node:child_process'
import { isMissing } from '../file-error.ts'

/** How a short command ended: with an exit code, or not at all. */
export type ProgramEnd =
  | { readonly kind: 'ended'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'fails'; readonly why: string }

/** How a command is run. */
export interface ProgramOptions {
  /** What it gets beside PATH; it speaks English and UTC. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Longer than a question to a service manager takes on a busy machine. */
  readonly timeoutMs?: number
}

/**
 * Runs a command that only tells something. Unlike `execa`, Node's own `execFile` lets go of the pipes, too, when
 * the time is over: a child of the command that keeps them open holds nobody up.
 */
export const runProgram = (
  file: string,
  args: readonly string[],
  { env = {}, timeoutMs = 5_000 }: ProgramOptions = {}
): Promise<ProgramEnd> =>
  new Promise((resolve) => {
    const options = {
      env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC', ...env },
      cwd: '/',
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const
    }
    execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'ended', code: 0, stdout, stderr })
      if (isMissing(error)) return resolve({ kind: 'missing' })
      if (error.killed === true) return resolve({ kind: 'fails', why: `no answer within ${timeoutMs} ms` })
      if (typeof error.code === 'number') return resolve({ kind: 'ended', code: error.code, stdout, stderr })
      resolve({ kind: 'fails', why: String(error.code ?? error.signal) })
    })
  })

/** The first line of what a command said, of its errors before all. */
export const firstLine = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
  (stderr.trim() || stdout.trim()).split('\n')[0] ?? ''
