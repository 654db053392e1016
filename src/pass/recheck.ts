import { type Decision, keep, keepUnknown } from '../domain/decision.ts'
import { type Fact, known, repoId } from '../domain/fact.ts'
import { heartbeatDoubt, keepFresh } from '../domain/heartbeat.ts'
import type { SessionKey } from '../domain/names.ts'
import type { PlannedSession, PlannedWorktree } from '../domain/plan.ts'
import type { Liveness, Usage } from '../domain/state.ts'
import { ByRepo, type Rules } from '../domain/world.ts'
import type { Readers } from './ports.ts'

/** What was decided on is looked at with this once more: hours can lie between the decision and now. */
export interface Recheck {
  readonly readers: Readers
  readonly rules: Pick<Rules, 'staleMs'>
  /** What contradicts this machine's clock by now; null when nothing does. */
  readonly clockFault: () => string | null
}

/** The sessions that go, by repo: whoever comes back to one comes back to its worktree. */
export function indexLeaving(leaving: readonly PlannedSession[]): ByRepo<PlannedSession> {
  const index = new ByRepo<PlannedSession>()
  for (const planned of leaving)
    if (planned.session.key !== null) index.add(planned.session.key.repo, planned)
  return index
}

/** Why a worktree stays after all: somebody is at work on it, or on a session that goes with it; null when nobody is. */
export function recheckWorktree(
  { placed }: PlannedWorktree,
  leaving: ByRepo<PlannedSession>,
  recheck: Recheck
): Decision | null {
  const { readers } = recheck
  const { repo } = placed.worktree
  const live = keepLive(readers.liveness(placed.worktree), recheck)
  if (live !== null || !repo.known) return live
  // Which branch a pull request is on was asked for some only: any of them can be on this one.
  const sessions = leaving
    .of(repo.value)
    .filter(({ session: { key }, pull }) => pull !== false || placed.numbers.has(key?.number ?? 0))
  const numbers = new Set([...placed.numbers, ...sessions.map(({ session }) => session.key?.number)])
  const written = readers.rewritten()
  if (!written.known) return keepUnknown(written)
  const isMeant = (key: SessionKey) => repoId(key.repo) === repoId(repo.value) && numbers.has(key.number)
  if (written.value.some(isMeant)) return REWRITTEN
  const [beat] = sessions.flatMap((session) => keepBeating(session, recheck) ?? [])
  return beat ?? null
}

/** An entry that the service wrote meanwhile is in use. */
export const REWRITTEN = keep('busy', { by: 'the service, which rewrote it' })

/** Why a session stays after all, by its heartbeat. */
export const keepBeating = ({ session }: PlannedSession, recheck: Recheck): Decision | null =>
  keepLive({ usage: known(null), heartbeatMs: recheck.readers.heartbeat(session) }, recheck)

/** What somebody is at work on stays, and what somebody may be; null when nobody is. */
export function keepLive(
  { usage, heartbeatMs }: Liveness,
  { rules, clockFault }: Pick<Recheck, 'rules' | 'clockFault'>
): Decision | null {
  const facts = { heartbeatMs, staleMs: rules.staleMs, clockFault: clockFault() }
  const doubt = heartbeatDoubt(facts)
  const used = usage.known && usage.value === null ? null : keepInUse(usage)
  return used ?? keepFresh(facts) ?? (doubt.known ? null : keepUnknown(doubt))
}

export const keepInUse = (usage: Fact<Usage | null>): Decision =>
  usage.known ? keep('busy', { by: usage.value }) : keepUnknown(usage)
