import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import { dropFile } from '../host/place-file.ts'
import { Systemctl } from '../host/systemctl.ts'
import { SERVICE, TIMER } from '../host/unit-files.ts'
import type { Console } from './console.ts'
import { findTarget } from './install-target.ts'

/**
 * Stops the timer and removes service and timer. Settings, state and drop-ins stay; a pass that runs ends
 * by itself.
 *
 * @returns the exit code
 * @throws errors with a `code` that the table of exit codes knows
 */
export async function uninstall(flags: Flags, env: Environment, console: Console): Promise<number> {
  const { scope, places } = findTarget(flags, env)
  const paths = [TIMER, SERVICE].map((name) => join(places.units, name))
  const found = paths.filter((path) => existsSync(path))
  if (flags['print'] === true) {
    await console.result(found.map((path) => `would remove ${path}\n`).join(''))
    return 0
  }
  if (found.length === 0) {
    await console.result(`unchanged  ${places.units} holds no unit of claude-hooks-sweep\n`)
    return 0
  }
  const systemctl = new Systemctl(scope, env, 'the files are removed, but systemd does not know of it')
  const failure = stopTimer(systemctl)
  for (const path of [join(places.units, 'timers.target.wants', TIMER), ...paths]) {
    if (dropFile(path)) await console.result(`removed    ${path}\n`)
  }
  if (existsSync(places.settings)) await console.result(`kept       ${places.settings}\n`)
  if (failure !== undefined) throw failure
  systemctl.run('daemon-reload')
  systemctl.succeeds('reset-failed', SERVICE, TIMER)
  return 0
}

/** Also forgets when the timer last fired. @returns why it could not be stopped */
function stopTimer(systemctl: Systemctl): unknown {
  try {
    systemctl.run('disable', '--now', TIMER)
    systemctl.succeeds('clean', '--what=state', TIMER)
    return undefined
  } catch (error) {
    return error
  }
}
