import { existsSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { loadInstallSettings } from '../config/load-installation.ts'
import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import { type PlacedFile, placeFile } from '../host/place-file.ts'
import { Systemctl } from '../host/systemctl.ts'
import { renderUnits, TIMER } from '../host/unit-files.ts'
import type { Console } from './console.ts'
import { checkPaths, findCadence, findRunAs, findTarget, type Target } from './install-target.ts'

/**
 * Writes service and timer for the Node and the command that run now, and a settings file where there is
 * none, and starts the timer. A second time it finds all unchanged.
 *
 * @param packageRoot the directory of this package
 * @returns the exit code
 * @throws errors with a `code` that the table of exit codes knows
 */
export async function install(
  flags: Flags,
  env: Environment,
  console: Console,
  packageRoot: string
): Promise<number> {
  const target = findTarget(flags, env)
  const { files, hours } = planInstallation(target, flags, env, packageRoot)
  if (flags['print'] === true) {
    await console.result(files.map(({ path, text }) => `# ${path}\n${text}`).join('\n'))
    return 0
  }
  // Others must be able to go through the directories, whatever the shell's mask; files have their own modes.
  process.umask(0o022)
  let changed = false
  for (const file of files) {
    const outcome = placeFile(file)
    changed ||= outcome !== 'unchanged' && file.once !== true
    await console.result(`${outcome.padEnd(10)} ${file.path}${file.once === true ? hintFor(outcome) : ''}\n`)
  }
  const timer = startTimer(
    new Systemctl(target.scope, env, 'the files above are there, but no timer runs'),
    changed
  )
  await console.result(`${timer.padEnd(10)} ${TIMER}: a pass every ${hours} h\n`)
  await console.result(lingerHint(target))
  return 0
}

interface Installation {
  readonly files: readonly PlacedFile[]
  readonly hours: number
}

function planInstallation(
  { scope, places }: Target,
  flags: Flags,
  env: Environment,
  packageRoot: string
): Installation {
  const every = findCadence(flags)
  const runAs = findRunAs(scope, flags)
  // The service sees nothing of this shell's environment but what the units say.
  const { SWEEPER_INTERVAL_HOURS } = env
  const home = runAs === undefined ? env : { HOME: runAs.home, SWEEPER_INTERVAL_HOURS }
  const { cadence, deadlineMinutes, ...paths } = loadInstallSettings(every, home, places.settings)
  const writable = [paths.stateDir, paths.cacheDir, ...paths.artifactBases]
  if (paths.metricsFile !== null) writable.push(dirname(paths.metricsFile))
  const node = process.execPath
  const command = join(packageRoot, 'bin/claude-hooks-sweep.js')
  checkPaths(node, [command, places.settings, ...writable])
  const templates = join(packageRoot, 'systemd')
  const values = {
    node,
    command,
    writable,
    settings: places.settings,
    user: runAs?.name ?? '',
    deadlineMinutes
  }
  const settings: PlacedFile = {
    path: places.settings,
    text: readFileSync(join(templates, 'sweep.env'), 'utf8'),
    mode: 0o600,
    once: true,
    ...(runAs === undefined ? {} : { owner: runAs })
  }
  const units = renderUnits({ scope, templates, units: places.units }, { ...values, ...cadence })
  return { files: [...units, settings], hours: cadence.hours }
}

/** A settings file is the operator's: once it is there, what it says is left alone. */
const hintFor = (outcome: string): string =>
  outcome === 'unchanged' ? '' : ': fill in FORGEJO_URL and a token'

function startTimer(systemctl: Systemctl, changed: boolean): 'started' | 'unchanged' {
  systemctl.run('daemon-reload')
  const runs =
    systemctl.succeeds('is-enabled', '--quiet', TIMER) && systemctl.succeeds('is-active', '--quiet', TIMER)
  if (runs && !changed) return 'unchanged'
  systemctl.run('enable', TIMER)
  // A timer that runs keeps to its old times until then.
  systemctl.run('restart', TIMER)
  return 'started'
}

/** A user's systemd ends with the last session, unless the user lingers. */
function lingerHint({ scope }: Target): string {
  const { username } = userInfo()
  if (scope === 'system' || existsSync(join('/var/lib/systemd/linger', username))) return ''
  return `Passes run only while ${username} is logged in; loginctl enable-linger changes that\n`
}
