import { integer, type Parser } from './parsers.ts'

/** Four fifths of an hour: the rest of the interval is for what was decided, before the next pass is due. */
const MINUTES_PER_HOUR = 48

const YEAR = 365 * 24 * 60

const minutes = integer(1, YEAR)

/** Minutes, or `auto` (null) for what goes with the interval. */
export const deadline: Parser<number | null> = (text) => {
  if (text === 'auto') return { value: null }
  const parsed = minutes(text)
  return 'value' in parsed ? parsed : { expected: `auto, or ${parsed.expected}` }
}

/** For how many minutes a pass may ask. */
export const deadlineMinutesOf = (minutesSet: number | null, intervalHours: number): number =>
  minutesSet ?? intervalHours * MINUTES_PER_HOUR
