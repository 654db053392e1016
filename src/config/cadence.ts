import type { Parser } from './parsers.ts'

/** How far apart passes are. */
export interface Cadence {
  readonly hours: number
  /** systemd's calendar expression for it. */
  readonly calendar: string
}

const DAY = 24
const WEEK = 7 * DAY

/** Only a calendar makes up for what was missed while the machine was off, and it starts anew every day. */
const POSSIBLE = [1, 2, 3, 4, 6, 8, 12, DAY, WEEK]

/** Hours (`6`, `6h`) or days (`1d`) → a cadence that a timer can keep. */
export const cadence: Parser<Cadence> = (text) => {
  const [, digits, unit] = /^(\d{1,4})([hd]?)$/.exec(text) ?? []
  const hours = Number(digits) * (unit === 'd' ? DAY : 1)
  if (POSSIBLE.includes(hours)) return { value: { hours, calendar: calendarOf(hours) } }
  return { expected: `one of ${POSSIBLE.map((each) => `${each}h`).join(', ')}, which a calendar can keep` }
}

function calendarOf(hours: number): string {
  if (hours === WEEK) return 'Mon *-*-* 00:00:00'
  return hours === DAY ? '*-*-* 00:00:00' : `*-*-* 00/${hours}:00:00`
}
