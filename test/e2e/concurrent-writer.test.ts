import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Report } from '../../src/domain/report.ts'
import { hasCommand } from '../support/has-command.ts'
import { BIN } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import type { StoreWrite } from '../support/store-writer.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const WRITER = fileURLToPath(new URL('../support/store-writer.js', import.meta.url))
const WINDOWS = 6
const MOST_PASSES = 40
/** How far the writer's clock and the kernel's may be apart, in microseconds. */
const TOLERANCE = 1000

const skip = hasCommand('strace') ? false : 'strace is not installed'

/** From the last look at the store to the rename that replaced it, in microseconds since 1970. */
interface Window {
  readonly from: number
  readonly to: number
}

/** A process of its own that rewrites the store all the time; stopped, it tells what it wrote. */
function startWriter(t: TestContext, store: string): { stop: () => Promise<readonly StoreWrite[]> } {
  const child = spawn(process.execPath, [WRITER, store], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  const written = text(child.stdout)
  return {
    async stop() {
      child.stdin.end()
      return JSON.parse(await written) as StoreWrite[]
    }
  }
}

/** One pass of the built command, whose own looks at the store and renames are written down. */
async function tracedPass(sandbox: Sandbox): Promise<{ report: Report; windows: Window[] }> {
  const log = join(sandbox.path, 'strace')
  const calls = 'trace=fsync,?stat,?statx,?newfstatat,?rename,?renameat,?renameat2'
  const args = [
    '-qq',
    '-ttt',
    '-T',
    '-e',
    calls,
    '-o',
    log,
    process.execPath,
    BIN,
    '--json',
    '--log-level',
    'silent'
  ]
  // Whoever works on the store just now is not to be asked about.
  const env = { ...sandbox.env, SWEEPER_PROTECT: 'service:*' }
  const child = spawn('strace', args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { report: JSON.parse(stdout) as Report, windows: readWindows(readFileSync(log, 'utf8')) }
}

const CALL = /^(?<at>[\d.]+) (?<name>\w+)\((?<args>.*)\) += 0 <(?<took>[\d.]+)>$/

function readWindows(log: string): Window[] {
  const windows: Window[] = []
  let from = Number.NaN
  for (const line of log.split('\n')) {
    const { at = '', name = '', args = '', took = '' } = CALL.exec(line)?.groups ?? {}
    const start = Number(at) * 1e6
    // A look before the new store was on disk is not the last one.
    if (name === 'fsync') from = Number.NaN
    if (name.includes('stat') && args.includes('/sessions.json"')) from = start
    if (name.startsWith('rename') && args.endsWith('/sessions.json"')) {
      windows.push({ from, to: start + Number(took) * 1e6 })
    }
  }
  return windows
}

const isWithin = ({ before, after }: StoreWrite, { from, to }: Window): boolean =>
  after >= from - TOLERANCE && before <= to + TOLERANCE

const lengthsOf = (windows: readonly Window[]): number[] =>
  windows.map(({ from, to }) => Math.round(to - from)).sort((one, other) => one - other)

test('what a service writes while passes go on is there in the end, but for the window', {
  skip
}, async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.addSession('old:charles/peon:1', { updatedAt: '2020-01-01T00:00:00Z' })
  const writer = startWriter(t, sandbox.store)
  const windows: Window[] = []
  let dropped = 0
  let passes = 0
  for (; windows.length < WINDOWS && passes < MOST_PASSES; passes += 1) {
    const traced = await tracedPass(sandbox)
    windows.push(...traced.windows)
    dropped += traced.report.swept.sessions
    // A pass may find no gap between the writes to put its own into: then it has dropped nothing.
    for (const { code } of traced.report.errors) assert.equal(code, 'STORE_WRITE_FAILED')
  }
  const writes = await writer.stop()
  const left = new Set(sandbox.sessionKeys)
  const lost = writes.filter(({ key }) => !left.has(key))
  const outside = lost.filter((write) => !windows.some((window) => isWithin(write, window)))
  const lengths = lengthsOf(windows)
  t.diagnostic(
    `${writes.length} writes, ${passes} passes dropped ${dropped} sessions in ${windows.length} windows: median ${lengths[lengths.length >> 1]} µs, ` +
      `longest ${lengths.at(-1)} µs under strace; lost inside: ${lost.length - outside.length}, outside: ${outside.length}`
  )
  assert.deepEqual(outside, [])
  assert.ok(windows.length > 0 && dropped > 0 && writes.length > dropped)
  assert.equal(sandbox.forgejo.seen.length, 0)
})
