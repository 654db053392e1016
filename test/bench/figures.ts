import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Sandbox } from '../support/sandbox.ts'

/** The middle one. */
export const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN

/** One line: the figure, its limit, and whether it is within. */
export function tell(name: string, figure: number, limit: number, unit = ''): void {
  const verdict = figure <= limit ? 'ok' : 'OVER'
  process.stdout.write(`${name.padEnd(72)} ${figure.toFixed(3)}${unit} (limit ${limit}${unit}) ${verdict}\n`)
}

/** Lends a sandbox for as long as it is used. */
export async function withSandbox(use: (sandbox: Sandbox) => Promise<void> | void): Promise<void> {
  const sandbox = await Sandbox.create()
  try {
    await use(sandbox)
  } finally {
    await sandbox.remove()
  }
}

/** What a command took. */
export interface Cost {
  readonly seconds: number
  /** Processor time, the program's own and the system's for it; where GNU time is not installed, the seconds. */
  readonly cpuSeconds: number
  /** Of the largest of its processes, in MB; NaN where GNU time is not installed. */
  readonly peakMb: number
  readonly stdout: string
}

const GNU_TIME = '/usr/bin/time'

/** Runs a command to its end. @throws when it fails */
export async function costOf(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string = tmpdir()
): Promise<Cost> {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-bench-'))
  const peak = join(directory, 'peak')
  const hasTime = existsSync(GNU_TIME)
  const [program = '', ...args] = hasTime ? [GNU_TIME, '-o', peak, '-f', '%M %U %S', ...command] : command
  try {
    const started = performance.now()
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close')
    ])
    const seconds = (performance.now() - started) / 1000
    if (status !== 0) throw new Error(`${command.slice(0, 3).join(' ')} failed: ${stderr.slice(0, 500)}`)
    if (!hasTime) return { seconds, cpuSeconds: seconds, peakMb: Number.NaN, stdout }
    const [peakKb = 0, user = 0, system = 0] = readFileSync(peak, 'utf8').split(' ').map(Number)
    return { seconds, cpuSeconds: user + system, peakMb: peakKb / 1024, stdout }
  } finally {
    rmSync(directory, { recursive: true })
  }
}
