import { type Budget, OUT_OF_TIME } from '../domain/budget.ts'
import { decideSession, type SessionFacts } from '../domain/decide-session.ts'
import { decideWorktree, type WorktreeFacts } from '../domain/decide-worktree.ts'
import { type Decision, keepUnknown } from '../domain/decision.ts'
import type { Question } from '../domain/fact.ts'
import type { Planned, PlannedSession, PlannedWorktree } from '../domain/plan.ts'
import { sessionFacts, worktreeFacts } from '../domain/relate.ts'
import { SessionIndex } from '../domain/session-index.ts'
import type { Session } from '../domain/state.ts'
import { clockFault } from '../domain/time.ts'
import { inTurn, type Turns } from '../domain/turns.ts'
import type { UsedWorktrees } from '../domain/used-worktrees.ts'
import type { Answers, DecidedSession, PlacedWorktree, Rules } from '../domain/world.ts'
import type { ForgejoReader, Observer } from './ports.ts'

/** What deciding needs beside the entries themselves. */
export interface Questioning {
  readonly answers: Answers
  readonly rules: Rules
  readonly forgejo: ForgejoReader
  readonly observer: Observer
  readonly now: number
  /** Past it no more is asked: what hinges on a question then stays. */
  readonly budget: Budget
  readonly turns: Turns
  /** Told of each decision, as far as is known by then. */
  readonly decided: (planned: Planned) => void
}

/**
 * Decides on every session, asking only what a decision hinges on, one question at a time. Those that
 * were not asked about for longest come first; the result keeps the order that was given.
 *
 * @param of how many sessions and worktrees there are
 */
export async function decideSessions(
  sessions: readonly Session[],
  used: UsedWorktrees,
  questioning: Questioning,
  of: number
): Promise<PlannedSession[]> {
  const { maxAgeDays } = questioning.rules
  const decide = (session: Session) => decideSession(lookAtSession(session, used, questioning), maxAgeDays)
  questioning.forgejo.expect(questionsOf(sessions, decide))
  const planned = new Map<Session, PlannedSession>()
  for (const session of inTurn(sessions, questioning.turns, ({ text }) => text)) {
    questioning.observer.deciding(planned.size, of)
    const decision = await settle(() => decide(session), questioning)
    const pull = isOnPull(session, questioning.answers)
    const one: PlannedSession = { kind: 'session', session, decision, pull }
    planned.set(session, one)
    questioning.decided(one)
  }
  return sessions.flatMap((session) => planned.get(session) ?? [])
}

function isOnPull({ key }: Session, answers: Answers): boolean | null {
  const issue = key === null ? undefined : answers.issue(key.repo, key.number)
  return issue?.known === true && 'pull' in issue.value ? issue.value.pull : null
}

/** Decides on every worktree, once all sessions are decided on. */
export async function decideWorktrees(
  worktrees: readonly PlacedWorktree[],
  sessions: readonly DecidedSession[],
  questioning: Questioning
): Promise<PlannedWorktree[]> {
  const { answers, rules, turns } = questioning
  const of = sessions.length + worktrees.length
  const index = new SessionIndex(sessions, answers)
  const look = (placed: PlacedWorktree) => lookAtWorktree(placed, index, questioning)
  const decide = (placed: PlacedWorktree) => decideWorktree(look(placed), rules.maxAgeDays)
  questioning.forgejo.expect(questionsOf(worktrees, decide))
  const planned = new Map<PlacedWorktree, PlannedWorktree>()
  for (const placed of inTurn(worktrees, turns, ({ worktree }) => worktree.path)) {
    questioning.observer.deciding(sessions.length + planned.size, of)
    const decision = await settle(() => decide(placed), questioning)
    const { referencedBy } = look(placed)
    const referenced = referencedBy.known && referencedBy.value !== null
    const found = { work: null, rescue: null, referenced }
    const one: PlannedWorktree = { kind: 'worktree', placed, decision, ...found }
    planned.set(placed, one)
    questioning.decided(one)
  }
  return worktrees.flatMap((placed) => planned.get(placed) ?? [])
}

/** What is known of a session by now. */
export const lookAtSession = (
  session: Session,
  used: UsedWorktrees,
  questioning: Questioning
): SessionFacts => sessionFacts(session, used, questioning.answers, questioning.rules, faultOf(questioning))

/** What is known of a worktree by now. */
export const lookAtWorktree = (
  placed: PlacedWorktree,
  sessions: SessionIndex,
  questioning: Questioning
): WorktreeFacts =>
  worktreeFacts(placed, sessions, questioning.answers, questioning.rules, faultOf(questioning))

/** No decision is kept: there can be 100,000. */
const questionsOf = <T>(entries: readonly T[], decide: (entry: T) => Decision): Question[] =>
  entries.flatMap((entry) => decide(entry).question ?? [])

/** Asks until the decision hinges on nothing that could still be asked, or the time is over. */
export async function settle(decide: () => Decision, questioning: Questioning): Promise<Decision> {
  for (let decision = decide(); ; decision = decide()) {
    if (decision.question === undefined) return decision
    if (questioning.budget.leftMs() <= 0) return keepUnknown(OUT_OF_TIME)
    await ask(decision.question, questioning)
  }
}

async function ask(question: Question, { answers, forgejo, observer }: Questioning): Promise<void> {
  observer.asking(question)
  answers.record(question, await forgejo.answer(question))
}

/** What contradicts this machine's clock, by the answers so far. */
export const faultOf = ({ forgejo, now }: Questioning): string | null => clockFault(now, forgejo.skewMs())
