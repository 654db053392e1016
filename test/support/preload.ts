import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sandbox } from './sandbox.ts'

/** The environment in which node runs a piece of code before the command. */
const preload = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(code)}`
})

/** A clock that is so many milliseconds ahead; behind, when negative. */
export const shiftClock = (ms: number) => preload(`const now = Date.now; Date.now = () => now() + ${ms}`)

/** Kills the command when a function of `node:fs` has done its work; what it was given, by blanks, must match. */
export const killedAfter = (call: string, paths: RegExp) =>
  preload(`import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const original = fs[${JSON.stringify(call)}]
    fs[${JSON.stringify(call)}] = (...args) => {
      const result = original(...args)
      if (${paths}.test(args.join(" "))) process.kill(process.pid, 'SIGKILL')
      return result
    }
    syncBuiltinESMExports()`)

const peakFile = ({ path }: Sandbox) => join(path, 'peak')

/** Makes the command note the most memory that it held; read it with `peakMb`. */
export const notePeak = (sandbox: Sandbox) =>
  preload(`import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync(${JSON.stringify(peakFile(sandbox))}, String(process.resourceUsage().maxRSS)))`)

/** The most memory that the last command held, in megabytes. */
export const peakMb = (sandbox: Sandbox): number => Number(readFileSync(peakFile(sandbox), 'utf8')) / 1024
