import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Report } from '../../src/domain/report.ts'
import type { Sandbox } from './sandbox.ts'

export const BIN = fileURLToPath(new URL('../../../bin/claude-hooks-sweep.js', import.meta.url))

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** The last line of stdout. */
  readonly summary: string
  readonly elapsedMs: number
}

/** A command that runs: its pid while it does, its outcome once it ended. */
export interface Running {
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<Outcome>
}

/**
 * Starts the built command as its users do. Coverage, where it is measured, is passed on.
 *
 * @param via a command that runs the one after it, such as `setpriv` and its options
 */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  via: readonly string[] = []
): Running {
  const coverage = process.env['NODE_V8_COVERAGE']
  const started = performance.now()
  const [command = '', ...rest] = [...via, process.execPath, BIN, ...args]
  const child = spawn(command, rest, {
    env: { ...env, ...(coverage === undefined ? {} : { NODE_V8_COVERAGE: coverage }) },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const summary = stdout.trimEnd().split('\n').at(-1) ?? ''
      resolve({ code, stdout, stderr, summary, elapsedMs: performance.now() - started })
    })
  })
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), ended }
}

/** Runs the command in a sandbox to its end. */
export const sweep = (
  sandbox: Sandbox,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {}
): Promise<Outcome> => start(args, { ...sandbox.env, ...env }).ended

/** Runs the command with `--json` and reads its report. */
export async function report(
  sandbox: Sandbox,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {}
): Promise<{ report: Report; outcome: Outcome }> {
  const outcome = await sweep(sandbox, ['--json', ...args], env)
  return { report: JSON.parse(outcome.stdout) as Report, outcome }
}
