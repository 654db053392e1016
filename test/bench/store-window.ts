import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { start } from '../support/run-command.ts'
import { Sandbox } from '../support/sandbox.ts'

/** Stamps the last look at the store and the start of the rename: from then on the directory is locked. */
const STAMPS = `
  const fs = require('node:fs')
  const { statSync, renameSync, writeSync } = fs
  let looked
  fs.statSync = (path, options) => {
    if (String(path).endsWith('/sessions.json')) looked = process.hrtime.bigint()
    return statSync(path, options)
  }
  fs.renameSync = (from, to) => {
    const now = process.hrtime.bigint()
    renameSync(from, to)
    if (to.endsWith('/sessions.json')) writeSync(2, 'WINDOW ' + (now - looked) + '\\n')
  }
  require('node:module').syncBuiltinESMExports()`

const SESSIONS = 200
const BUSY_PROCESSES = 4

/** How long the window is in which a write of the service is lost, in microseconds, once for each pass. */
export async function storeWindows(passes: number, loaded: boolean): Promise<number[]> {
  const sandbox = await Sandbox.create()
  const busy = Array.from({ length: loaded ? BUSY_PROCESSES : 0 }, () =>
    spawn(process.execPath, ['-e', 'for (;;) ;'], { stdio: 'ignore' })
  )
  try {
    const preload = join(sandbox.path, 'stamps.cjs')
    writeFileSync(preload, STAMPS)
    const windows: number[] = []
    for (let pass = 0; pass < passes; pass += 1) windows.push(await measure(sandbox, preload))
    return windows.sort((one, other) => one - other)
  } finally {
    for (const child of busy) child.kill('SIGKILL')
    await sandbox.remove()
  }
}

async function measure(sandbox: Sandbox, preload: string): Promise<number> {
  const keys = Array.from({ length: SESSIONS }, (_, index) => `dev:charles/peon:${index + 1}`)
  const old = { id: 'x', updatedAt: '2020-01-01T00:00:00Z' }
  writeFileSync(sandbox.store, JSON.stringify(Object.fromEntries(keys.map((key) => [key, old]))))
  const env = { ...sandbox.env, NODE_OPTIONS: `--require=${preload}` }
  const { stderr } = await start(['--log-level', 'silent'], env).ended
  return Number(/WINDOW (\d+)/.exec(stderr)?.[1]) / 1000
}
