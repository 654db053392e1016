import type { ClosedPull } from './decide-worktree.ts'
import type { Decision } from './decision.ts'
import { type Fact, known, type Unknown, unknown } from './fact.ts'
import type { SessionKey } from './names.ts'
import type { Session } from './state.ts'
import type { Answers } from './world.ts'

/** A session that is, or may be, on a pull request. */
export interface OnPull {
  readonly session: Session & { readonly key: SessionKey }
  readonly decision: Decision
}

/** The head branches of the pull requests that a repo's sessions are on. */
export interface PullHeads {
  /** The kept session that is on it, and its place among all. */
  readonly kept: ReadonlyMap<string, { readonly text: string; readonly place: number }>
  readonly closed: ReadonlyMap<string, ClosedPull>
  /** Why another head may be one of the kept ones, or of the closed ones. */
  readonly keptDoubt: Unknown | undefined
  readonly closedDoubt: Unknown | undefined
}

/** Of several on one branch the first counts. */
export function readPullHeads(sessions: readonly OnPull[], answers: Answers): PullHeads {
  const kept = new Map<string, { text: string; place: number }>()
  const closed = new Map<string, ClosedPull>()
  let keptDoubt: Unknown | undefined
  let closedDoubt: Unknown | undefined
  for (const [place, { session, decision }] of sessions.entries()) {
    const head = headOf(session.key, answers)
    const pull = closedPullOf(session.key, answers)
    if (!head.known) {
      if (decision.action === 'keep') keptDoubt = sterner(keptDoubt, head)
      if (pull !== undefined) closedDoubt = sterner(closedDoubt, head)
    } else if (head.value !== null) {
      if (decision.action === 'keep' && !kept.has(head.value))
        kept.set(head.value, { text: session.text, place })
      if (pull !== undefined && !closed.has(head.value)) closed.set(head.value, pull)
    }
  }
  return { kept, closed, keptDoubt, closedDoubt }
}

function closedPullOf({ repo, number }: SessionKey, answers: Answers): ClosedPull | undefined {
  const issue = answers.issue(repo, number)
  if (!issue.known || issue.value.state !== 'closed' || !issue.value.pull) return undefined
  return { number, merged: issue.value.merged, closedAt: issue.value.closedAt }
}

/** Of two doubts the one that no question can settle. */
export const sterner = (one: Unknown | undefined, other: Unknown): Unknown =>
  one !== undefined && one.question === undefined ? one : other

/** The head branch of the pull request that a session is on; null when it is on an issue. */
export function headOf(key: SessionKey, answers: Answers): Fact<string | null> {
  const issue = answers.issue(key.repo, key.number)
  if (!issue.known) return issue
  if (issue.value.state === 'missing' || issue.value.state === 'not-visible') return known(null)
  if (!issue.value.pull) return known(null)
  if (issue.value.state === 'closed') return answers.pullHead(key.repo, key.number)
  return openHead(key, answers)
}

function openHead(key: SessionKey, answers: Answers): Fact<string | null> {
  const pulls = answers.openPulls(key.repo)
  if (!pulls.known) return pulls
  const listed = pulls.value === 'not-visible' ? [] : pulls.value
  const pull = listed.find(({ number }) => number === key.number)
  if (pull !== undefined) return known(pull.branch)
  return unknown('FORGEJO_BAD_ANSWER', `Pull request ${key.number} is open, but not on the list`)
}
