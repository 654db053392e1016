import type { SessionFacts } from './decide-session.ts'
import type { ClosedPull, WorktreeFacts } from './decide-worktree.ts'
import { type Fact, known, type Repo, type Unknown, unknown } from './fact.ts'
import type { SessionKey } from './names.ts'
import { protectedBy } from './protect.ts'
import { headOf, type PullHeads, sterner } from './pull-heads.ts'
import type { SessionIndex } from './session-index.ts'
import type { IssueState, Session, Usage } from './state.ts'
import type { UsedWorktrees } from './used-worktrees.ts'
import type { Answers, PlacedWorktree, Rules } from './world.ts'

/** What a session's ladder looks at, from all that is known so far. */
export function sessionFacts(
  session: Session,
  used: UsedWorktrees,
  answers: Answers,
  rules: Rules,
  clockFault: string | null
): SessionFacts {
  const { key, ageMs, heartbeatMs } = session
  const { staleMs } = rules
  const heartbeat = { heartbeatMs, staleMs, clockFault }
  if (key === null) {
    const issue = unknown('KEY_INVALID', 'Nobody can be asked about it')
    return { validKey: false, protectedBy: null, usage: known(null), ageMs, ...heartbeat, issue }
  }
  const issue = answers.issue(key.repo, key.number)
  return {
    validKey: true,
    protectedBy: byUndo(session.text, rules) ?? protectedBy(rules.protect, key.agent, key.repo, key.number),
    usage: usageOf(key, used.of(key), answers),
    ageMs,
    ...heartbeat,
    issue
  }
}

/** What the operator brought back must not go again with the next pass. */
const byUndo = (name: string, { broughtBack }: Rules): string | null =>
  broughtBack.has(name) ? 'brought back by undo' : null

/** Whether the agent's worktree of the issue, or of the pull request's head branch, is in use. */
function usageOf(key: SessionKey, used: readonly PlacedWorktree[], answers: Answers): Fact<Usage | null> {
  let doubt: Unknown | undefined
  for (const placed of used) {
    const { usage } = placed.worktree
    const meant = isMeant(placed, key, answers)
    if (!meant.known) doubt = sterner(doubt, meant)
    else if (meant.value && usage.known) return usage
    else if (meant.value && !usage.known) doubt = sterner(doubt, usage)
  }
  return doubt ?? known(null)
}

/** Whether a worktree is the session's own: by its number, or as the head of its pull request. */
function isMeant(placed: PlacedWorktree, key: SessionKey, answers: Answers): Fact<boolean> {
  if (!placed.worktree.repo.known) return placed.worktree.repo
  if (placed.numbers.has(key.number)) return known(true)
  const head = headOf(key, answers)
  return head.known ? known(head.value !== null && placed.branches.has(head.value)) : head
}

/** What a worktree's ladder looks at, from all that is known so far. */
export function worktreeFacts(
  placed: PlacedWorktree,
  sessions: SessionIndex,
  answers: Answers,
  rules: Rules,
  clockFault: string | null
): WorktreeFacts {
  const { place, locked, usage, ageMs, heartbeatMs, repo } = placed.worktree
  const { staleMs } = rules
  const local = { place, locked, usage, ageMs, heartbeatMs, staleMs, clockFault }
  if (!repo.known) return { ...local, ...factsWithoutRepo(repo, rules) }
  const { agent, path } = placed.worktree
  return {
    ...local,
    protectedBy: known(byUndo(path, rules) ?? protectedBy(rules.protect, agent, repo.value, placed.number)),
    referencedBy: referencedBy(placed, repo.value, sessions, answers),
    openPull: openPullOf(placed, repo.value, answers),
    number: known(placed.number),
    issue: issueOf(placed, repo.value, answers),
    closedPull: closedPullOf(placed, sessions.headsOf(repo.value, answers))
  }
}

function factsWithoutRepo(repo: Unknown, rules: Rules) {
  const protection: Fact<string | null> = rules.protect.length === 0 ? known(null) : repo
  return {
    protectedBy: protection,
    referencedBy: repo,
    openPull: repo,
    number: repo,
    issue: repo,
    closedPull: repo
  }
}

function issueOf(placed: PlacedWorktree, repo: Repo, answers: Answers): Fact<IssueState> {
  if (placed.number !== null) return answers.issue(repo, placed.number)
  return unknown('NOT_ASKED', 'Its branch holds no number to ask about')
}

/** The kept session that refers to the worktree, by its number or as its pull request's head. */
function referencedBy(
  placed: PlacedWorktree,
  repo: Repo,
  sessions: SessionIndex,
  answers: Answers
): Fact<string | null> {
  const byNumber = [...placed.numbers].map((number) => sessions.keptOn(repo, number))
  const key = byNumber.find((text) => text !== undefined)
  if (key !== undefined) return known(key)

  const { kept, keptDoubt } = sessions.headsOf(repo, answers)
  const onBranch = [...placed.branches].flatMap((branch) => kept.get(branch) ?? [])
  const [first] = onBranch.sort((one, other) => one.place - other.place)
  return first === undefined ? (keptDoubt ?? known(null)) : known(first.text)
}

/** The open pull request, of the repo's own branches, whose head the worktree is on. */
function openPullOf(placed: PlacedWorktree, repo: Repo, answers: Answers): Fact<number | null> {
  const pulls = answers.openPulls(repo)
  if (!pulls.known) return pulls
  if (pulls.value === 'not-visible') return known(null)
  const pull = pulls.value.find(({ branch }) => branch !== null && placed.branches.has(branch))
  return known(pull?.number ?? null)
}

/** The closed pull request, among those that sessions are on, whose head the worktree is on. */
function closedPullOf(
  { worktree }: PlacedWorktree,
  { closed, closedDoubt }: PullHeads
): Fact<ClosedPull | null> {
  const pull = worktree.branch === null ? undefined : closed.get(worktree.branch)
  return pull === undefined ? (closedDoubt ?? known(null)) : known(pull)
}
