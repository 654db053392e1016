import { keep } from '../domain/decision.ts'
import { repoId } from '../domain/fact.ts'
import type { SessionKey } from '../domain/names.ts'
import {
  isSwept,
  type Planned,
  type PlannedSession,
  type PlannedWorktree,
  withDecision
} from '../domain/plan.ts'
import type { ReportError } from '../domain/report.ts'
import { mayReset, StayingWorktrees } from '../domain/reset.ts'
import { setClonesAside } from './clones.ts'
import type { DroppedSessions, SessionDrop } from './ports.ts'
import { indexLeaving, keepBeating, keepLive, REWRITTEN } from './recheck.ts'
import { type Hands, removeAll } from './remove-all.ts'

/** What became of the plan. */
export interface Applied {
  readonly plan: readonly Planned[]
  readonly freedBytes: number
  readonly errors: readonly ReportError[]
}

/**
 * Takes the worktrees away, those of different clones side by side, then drops the sessions in one write, then moves
 * the cache clones aside. After an
 * interruption nothing new is begun: what was not reached stays, with its session.
 */
export async function applyPlan(plan: readonly Planned[], hands: Hands): Promise<Applied> {
  const leaving = plan.filter((planned) => planned.kind === 'worktree').filter(isSwept)
  const sessions = plan.filter((planned) => planned.kind === 'session')
  const { removals, freedBytes } = await removeAll(leaving, indexLeaving(sessions.filter(isSwept)), hands)
  const worktrees = plan
    .filter((planned) => planned.kind === 'worktree')
    .map((planned) => removals.get(planned) ?? planned)
  const kept = indexKept(worktrees)
  const checked = sessions.map((planned) => recheckSession(planned, kept, hands))
  const stays = worktrees.filter((planned) => !isSwept(planned))
  const { dropped, errors } = await dropAll(checked, stays, hands)
  const clones = plan.filter((planned) => planned.kind === 'cache-clone')
  const aside = await setClonesAside(clones, hands)
  return { plan: [...dropped, ...worktrees, ...aside], freedBytes, errors }
}

/** The worktrees that stay, by the sessions that they are the own worktree of. */
function indexKept(worktrees: readonly PlannedWorktree[]): ReadonlyMap<string, PlannedWorktree[]> {
  const index = new Map<string, PlannedWorktree[]>()
  for (const planned of worktrees.filter((one) => !isSwept(one))) {
    const { agent, repo } = planned.placed.worktree
    if (!repo.known) continue
    for (const number of planned.placed.numbers) {
      const id = ownerId({ agent, repo: repo.value, number })
      index.set(id, [...(index.get(id) ?? []), planned])
    }
  }
  return index
}

const ownerId = ({ agent, repo, number }: SessionKey): string => `${agent}:${repoId(repo)}:${number}`

/** A session stays when somebody is at work on it or on its own worktree by now, or when that was not reached. */
function recheckSession(
  planned: PlannedSession,
  kept: ReadonlyMap<string, PlannedWorktree[]>,
  hands: Hands
): PlannedSession {
  const { readers, interrupted } = hands
  const { key } = planned.session
  if (!isSwept(planned) || key === null) return planned
  const own = kept.get(ownerId(key)) ?? []
  if (interrupted() && own.some(({ decision }) => decision.reason === 'interrupted')) {
    return withDecision(planned, keep('interrupted'))
  }
  const lives = own.map(({ placed }) => keepLive(readers.liveness(placed.worktree), hands))
  const [live] = [keepBeating(planned, hands), ...lives].filter((decision) => decision !== null)
  return live === undefined ? planned : withDecision(planned, live)
}

async function dropAll(
  sessions: readonly PlannedSession[],
  kept: readonly PlannedWorktree[],
  { writers, observer }: Hands
) {
  const beside = new Set(kept.map(({ placed }) => placed.worktree.path))
  const staying = new StayingWorktrees(kept)
  const drops = sessions.filter(isSwept).map((planned) => dropOf(planned, mayReset(planned, staying), beside))
  if (drops.length === 0) return { dropped: sessions, errors: [] }
  const { gone, fault } = await writers.dropSessions(drops).catch(noneDropped)
  const dropped = sessions.map((planned) => settleDrop(planned, gone, fault))
  for (const { session, decision } of dropped.filter(isSwept)) observer.changed(session.text, decision)
  if (fault === null) return { dropped, errors: [] }
  const message = `${gone.size === 0 ? 'No session was' : 'Not every session was'} dropped: ${fault}`
  return { dropped, errors: [{ kind: 'pass', code: 'STORE_WRITE_FAILED', message } as const] }
}

/** Field by field: a spread of it takes 350 bytes more, and there can be 100,000. */
const dropOf = (
  { session, decision }: PlannedSession,
  throughService: boolean,
  beside: ReadonlySet<string>
): SessionDrop => ({ session, decision, throughService, beside })

const noneDropped = (error: unknown): DroppedSessions => ({
  gone: new Set(),
  fault: error instanceof Error ? error.message : 'the write failed'
})

function settleDrop(
  planned: PlannedSession,
  gone: ReadonlySet<string>,
  fault: string | null
): PlannedSession {
  if (!isSwept(planned) || gone.has(planned.session.text)) return planned
  if (fault !== null) return withDecision(planned, keep('failed'))
  return withDecision(planned, REWRITTEN)
}
