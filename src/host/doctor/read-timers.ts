import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { TimerFacts, Timers } from '../../domain/doctor/check-schedule.ts'
import { SERVICE, TIMER } from '../unit-files.ts'
import { firstLine, type ProgramOptions, runProgram } from './run-program.ts'

const PROPERTIES = 'Id,LoadState,UnitFileState,SubState,LastTriggerUSec,NextElapseUSecRealtime,ExecMainStatus'

/**
 * Asks both service managers for the timer.
 *
 * @param env of this process: it tells where the user's manager is
 * @param timeoutMs for each of them
 */
export async function readTimers(
  { XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, HOME }: Readonly<Record<string, string | undefined>>,
  timeoutMs?: number
): Promise<Timers> {
  const env = { XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, HOME }
  const options = { env, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  const [user, system] = await Promise.all([readTimer('--user', options), readTimer('--system', options)])
  return { user, system, lingers: lingers() }
}

async function readTimer(manager: '--user' | '--system', options: ProgramOptions): Promise<TimerFacts> {
  const units = [TIMER, SERVICE]
  const flags = [manager, '--no-pager', '--no-ask-password', `--property=${PROPERTIES}`]
  const end = await runProgram('systemctl', [...flags, 'show', ...units], options)
  if (end.kind === 'missing') return { kind: 'unavailable', why: 'there is no systemctl' }
  if (end.kind === 'fails') return { kind: 'unavailable', why: end.why }
  return end.code === 0 ? parseUnits(end.stdout) : { kind: 'unavailable', why: firstLine(end) }
}

/** A block of `name=value` lines for each unit, as systemd 252 prints them, times with `TZ=UTC`. */
function parseUnits(text: string): TimerFacts {
  const blocks = text.split(/\n\n+/).map((block) => {
    const lines = block.split('\n').map((line) => line.split(/=(.*)/s))
    return new Map(lines.map(([name = '', value = '']) => [name, value]))
  })
  const timer = blocks.find((block) => block.get('Id') === TIMER)
  const service = blocks.find((block) => block.get('Id') === SERVICE)
  if (timer === undefined || timer.get('LoadState') === 'not-found') return { kind: 'absent' }
  return {
    kind: 'installed',
    enabled: timer.get('UnitFileState') || 'not enabled',
    state: timer.get('SubState') ?? 'unknown',
    lastAt: parseTime(timer.get('LastTriggerUSec')),
    nextAt: parseTime(timer.get('NextElapseUSecRealtime')),
    lastStatus: Number(service?.get('ExecMainStatus') ?? 0)
  }
}

/** `Sat 2026-11-21 12:00:00 UTC`; empty or `n/a` when there is none. */
function parseTime(text = ''): number | null {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/.exec(text) ?? []
  return date === undefined ? null : Date.parse(`${date}T${time}Z`)
}

/** As `loginctl enable-linger` leaves it. */
function lingers(): boolean {
  try {
    return existsSync(`/var/lib/systemd/linger/${userInfo().username}`)
  } catch {
    // A user that no list of users knows.
    return false
  }
}
