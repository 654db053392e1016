import type { Clock } from '../domain/clock.ts'
import { isoTime } from '../domain/time.ts'

/** `20261120T060000Z-4f2a`: sorts by time, and two runs of one second differ. */
export function runId(clock: Clock): string {
  const second = isoTime(clock.now()).slice(0, 19).replaceAll(/[-:]/g, '')
  const chance = Math.floor(clock.random() * 0x10000)
  return `${second}Z-${chance.toString(16).padStart(4, '0')}`
}

/** The same as a UUID of version 8, which is for makings of one's own: `20261120-0600-8000-8000-000000004f2a`. */
export const runUuid = (run: string): string =>
  run.replace(/^(\d{8})T(\d{4})(\d\d)Z-([0-9a-f]{4})$/, '$1-$2-80$3-8000-00000000$4')
