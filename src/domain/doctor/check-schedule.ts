import { ageAt, HOUR, isoTime } from '../time.ts'
import { type Check, hint, ok, warning } from './check.ts'

/** What one service manager, the user's or the system's, says of the timer and its service. */
export type TimerFacts =
  | { readonly kind: 'unavailable'; readonly why: string }
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'installed'
      /** systemd's own words: `enabled`, `disabled`, … */
      readonly enabled: string
      /** `waiting`, `running`, `elapsed`, `dead`, … */
      readonly state: string
      /** In milliseconds since 1970; null when there is none. */
      readonly lastAt: number | null
      readonly nextAt: number | null
      /** What the service last ended with. */
      readonly lastStatus: number
    }

export interface Timers {
  readonly user: TimerFacts
  readonly system: TimerFacts
  /** Whether this user's services outlive the last logout. */
  readonly lingers: boolean
}

const UNIT = 'claude-hooks-sweep'

/** A line for each manager that has the timer; one that says what to do where none has. */
export function checkTimers(timers: Timers, intervalHours: number): Check[] {
  const managers = ['user', 'system'] as const
  const checks = managers.flatMap((manager) => {
    const facts = timers[manager]
    return facts.kind === 'installed' ? [checkTimer(manager, facts, timers.lingers)] : []
  })
  return checks.length > 0 ? checks : [checkNoTimer(timers, intervalHours)]
}

function checkNoTimer({ user, system }: Timers, hours: number): Check {
  if (system.kind === 'unavailable' && user.kind === 'unavailable') {
    const advice = `let something else, such as cron, run a pass every ${hours} hours`
    return hint('timer', `systemd cannot be asked (${system.why})`, advice)
  }
  if (user.kind === 'unavailable') {
    const advice = 'run this with XDG_RUNTIME_DIR=/run/user/<uid>, as a login sets it'
    return hint('timer', `none of the system's, and the user's cannot be asked (${user.why})`, advice)
  }
  return warning('timer', 'not installed', 'claude-hooks-sweep install')
}

function checkTimer(
  manager: 'user' | 'system',
  { enabled, state, lastAt, nextAt, lastStatus }: Extract<TimerFacts, { kind: 'installed' }>,
  lingers: boolean
): Check {
  const name = `${manager} timer`
  const flag = manager === 'user' ? ' --user' : ''
  const time = (at: number | null) => (at === null ? 'none' : isoTime(at))
  const saw = `${enabled}, ${state}; last run ${time(lastAt)}, next ${time(nextAt)}`
  if (!enabled.startsWith('enabled')) return warning(name, saw, `systemctl${flag} enable --now ${UNIT}.timer`)
  if (state !== 'waiting' && state !== 'running')
    return warning(name, saw, `systemctl${flag} restart ${UNIT}.timer`)
  if (manager === 'user' && !lingers)
    return warning(name, `${saw}; it ends with this user's last logout`, 'loginctl enable-linger')
  // Another pass was at work, or it was told to stop: the units count these as success.
  if ([0, 75, 143].includes(lastStatus)) return ok(name, saw)
  return warning(
    name,
    `${saw}; the last run ended with ${lastStatus}`,
    `journalctl${flag} -u ${UNIT}.service`
  )
}

/** The last pass's report. */
export type LastReportFacts =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'read'; readonly finishedAt: number; readonly exitCode: number }

/** After so many intervals without a report something is wrong. */
const INTERVALS = 2

/** @param path of the report */
export function checkLastReport(
  path: string,
  facts: LastReportFacts,
  now: number,
  intervalHours: number
): Check {
  const name = 'last report'
  if (facts.kind === 'absent')
    return warning(
      name,
      'no pass has ended yet',
      'try claude-hooks-sweep --dry-run, then let the timer run it'
    )
  if (facts.kind === 'unreadable')
    return warning(name, `${path} ${facts.why}`, 'the next pass writes it anew')
  const hours = ageAt(now, facts.finishedAt) / HOUR
  const saw = `${isoTime(facts.finishedAt)}, ${hours.toFixed(1)} hours ago, exit code ${facts.exitCode}`
  if (hours > INTERVALS * intervalHours)
    return warning(name, saw, `passes are due every ${intervalHours} hours: see the timer and its journal`)
  if (facts.exitCode === 0) return ok(name, saw)
  return warning(name, saw, `see its errors in ${path}`)
}
