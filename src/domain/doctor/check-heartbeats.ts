import type { Fact } from '../fact.ts'
import { type Check, ok, warning } from './check.ts'

const NAME = 'SWEEPER_HEARTBEAT'

/**
 * Whether heartbeats are where the setting says: one that names nothing protects nobody, and nobody notices.
 *
 * @param ages of each session's, in milliseconds; null of one that has none
 */
export function checkHeartbeats(ages: readonly Fact<number | null>[], staleMs: number): Check {
  const [why] = ages.flatMap((age) => (age.known ? [] : [age.why]))
  if (why !== undefined) return warning(NAME, why, 'mend it: until then such sessions are kept')
  const found = ages.flatMap((age) => (age.known && age.value !== null ? [age.value] : []))
  const saw = `${found.length} of ${ages.length} sessions have one`
  if (found.length === 0 && ages.length > 0) return warning(NAME, saw, 'name the files that agents touch')
  const fresh = found.filter((age) => age < staleMs)
  return ok(NAME, `${saw}, ${fresh.length} of them fresh`)
}
