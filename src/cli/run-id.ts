import type { Clock } from '../domain/clock.ts'
import { isoTime } from '../domain/time.ts'

/** `20261120T060000Z-4f2a`: sorts by time, and two runs of one second differ. */
export function runId(clock: Clock): string {
  const second = isoTime(clock.now()).slice(0, 19).replaceAll(/[-:]/g, '')
  const chance = Math.floor(clock.random() * 0x10000)
  return `${second}Z-${chance.toString(16).padStart(4, '0')}`
}
