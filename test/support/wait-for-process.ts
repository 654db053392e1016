import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'

/** A process that runs until it is ended, at the latest when its test ends. */
export interface Waiting {
  readonly pid: number
  /** The first line that it wrote. */
  readonly line: string
  readonly end: () => Promise<void>
}

/** Starts a command and waits for its first line: what it does before that is done. It sees its input open. */
export async function waitForProcess(
  t: TestContext,
  command: readonly [string, ...string[]],
  options: SpawnOptions = {}
): Promise<Waiting> {
  const [file, ...args] = command
  const child = spawn(file, args, { cwd: '/', ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  const end = () => endProcess(child)
  t.after(end)
  const line = await firstLine(child)
  return { pid: child.pid ?? 0, line, end }
}

async function firstLine({ stdout, stderr }: ChildProcess): Promise<string> {
  if (stdout === null || stderr === null) throw new Error('The process has no output')
  for await (const line of createInterface(stdout)) return line
  for await (const line of createInterface(stderr)) throw new Error(`The process did not start: ${line}`)
  throw new Error('The process ended at once')
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const closed = once(child, 'exit')
  child.kill('SIGKILL')
  await closed
}
