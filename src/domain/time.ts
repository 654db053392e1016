/** All times are milliseconds since 1970 UTC, all spans milliseconds. */
const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A clock before this program was written is wrong: ages by it would mean nothing. */
const WRITTEN = Date.UTC(2026, 0, 1)

/** Epoch numbers below this are seconds: as milliseconds it would be March 1973. */
const SECONDS_BELOW = 1e11

const TIME_FIELDS = [
  'updatedAt',
  'updated_at',
  'lastUsedAt',
  'createdAt',
  'created_at',
  'last_used_at'
] as const

/** The newest time in a session's entry; null when it holds none that can be read. */
export function newestTime(entry: unknown): number | null {
  if (typeof entry !== 'object' || entry === null) return null
  const fields: Readonly<Record<string, unknown>> = { ...entry }
  const times = TIME_FIELDS.map((field) => parseTime(fields[field]))
  const readable = times.filter((time) => time !== null)
  return readable.length === 0 ? null : Math.max(...readable)
}

/** ISO 8601 text, or epoch seconds or milliseconds as a number or digits → milliseconds. */
export function parseTime(value: unknown): number | null {
  if (typeof value === 'string' && !/^\d+(?:\.\d+)?$/.test(value)) return parseIsoTime(value)
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return null
  return number < SECONDS_BELOW ? number * SECOND : number
}

/** A time without a zone is read as UTC: the machine's own zone must not shift an age. */
function parseIsoTime(text: string): number | null {
  const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) ?(Z|[+-]\d\d:?\d\d)?)?$/i
  const [, date, clock = '00:00', zone = 'Z'] = iso.exec(text.trim()) ?? []
  if (date === undefined) return null
  const time = Date.parse(`${date}T${clock.replace(',', '.')}${zone.replace(/(\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(time) ? null : time
}

/** How old, in milliseconds; what lies in the future counts as 0. */
export const ageAt = (now: number, time: number): number => Math.max(0, now - time)

/**
 * What contradicts this machine's clock, as a sentence; null when nothing does.
 *
 * @param skewMs Forgejo's `Date` header minus this clock; null when no answer has come.
 */
export function clockFault(now: number, skewMs: number | null): string | null {
  if (now < WRITTEN) return `This machine's clock says ${isoTime(now)}, which cannot be: set it`
  if (skewMs === null || Math.abs(skewMs) <= DAY) return null
  const days = (Math.abs(skewMs) / DAY).toFixed(1)
  return `This machine's clock and Forgejo's are ${days} days apart: set the one that is wrong`
}

export const isoTime = (time: number): string => new Date(time).toISOString()
