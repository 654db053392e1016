import { UNLIMITED } from '../domain/budget.ts'
import { explainSession } from '../domain/decide-session.ts'
import { explainWorktree } from '../domain/decide-worktree.ts'
import { type Decision, keep } from '../domain/decision.ts'
import { explainLimit, explainRetry, explainWork } from '../domain/explain-removal.ts'
import { repoId } from '../domain/fact.ts'
import type { Explanation, Step } from '../domain/ladder.ts'
import { nearest } from '../domain/nearest.ts'
import { SessionIndex } from '../domain/session-index.ts'
import type { Clone, Session, Worktree } from '../domain/state.ts'
import { UsedWorktrees } from '../domain/used-worktrees.ts'
import { Answers, type PlacedWorktree, placeWorktree } from '../domain/world.ts'
import { lookAtSession, lookAtWorktree, type Questioning } from './ask.ts'
import { explainClone } from './clones.ts'
import { decideAll } from './plan.ts'
import type { Observer, PassOptions, Readers } from './ports.ts'

/** What an operator calls an entry. */
export interface EntryName {
  /** A session's key, or `<agent>/<directory name>`. */
  readonly text: string
  /** The paths that the text may stand for. */
  readonly paths: readonly string[]
}

/** No session and no worktree is called so. */
class NoSuchEntryError extends Error {
  readonly code = 'NO_SUCH_ENTRY'

  constructor(text: string, alike: readonly string[]) {
    const hint = alike.length === 0 ? '' : `; the nearest names are ${alike.join(', ')}`
    super(`There is no session or worktree ${JSON.stringify(text)}${hint}`)
  }
}

export interface ExplainTools {
  readonly readers: Readers
  readonly observer: Observer
  readonly now: number
}

/**
 * Decides on one entry as a pass would, asking Forgejo only what that takes. Changes nothing.
 *
 * @throws CorruptStoreError, TokenRefusedError, NoSuchEntryError
 */
export async function explainEntry(
  name: EntryName,
  { readers, observer, now }: ExplainTools,
  { rules, maxRemovals }: Pick<PassOptions, 'rules' | 'maxRemovals'>
): Promise<Explanation> {
  const sessions = readers.sessions()
  const worktrees = readers.worktrees().map((worktree) => placeWorktree(worktree, rules.branchPattern))
  const questioning: Questioning = {
    answers: new Answers(),
    rules,
    forgejo: readers.forgejo,
    observer,
    now,
    budget: UNLIMITED,
    turns: new Map(),
    decided: () => {}
  }
  const used = new UsedWorktrees(worktrees)
  const session = sessions.find(({ text }) => text === name.text)
  if (session !== undefined) {
    const steps = await climbSession(session, used, questioning)
    return conclude('session', session.text, [...steps, ...limitSteps(steps, maxRemovals)])
  }
  const placed = worktrees.find(({ worktree }) => isCalled(worktree, name))
  if (placed === undefined) {
    const isMeant = (clone: Clone) => isCalled(clone, name)
    const places = worktrees.map(({ worktree }) => worktree)
    const clone = await explainClone(isMeant, readers.clones, sessions, places, questioning)
    if (clone === undefined) throw new NoSuchEntryError(name.text, nearestNames(name, sessions, worktrees))
    return conclude('cache-clone', clone.path, [...clone.steps, ...limitSteps(clone.steps, maxRemovals)])
  }
  const steps = await climbWorktree(placed, sessions, used, questioning)
  const guarded = [...steps, ...(await guardSteps(placed.worktree, steps, readers, questioning))]
  return conclude('worktree', placed.worktree.path, [...guarded, ...limitSteps(guarded, maxRemovals)])
}

const isCalled = ({ path }: Pick<Worktree, 'path'>, { text, paths }: EntryName): boolean =>
  paths.includes(path) || shortName(path) === text

/** `<agent>/<directory name>`, or `<owner>/<name>` of a cache clone. */
const shortName = (path: string): string => path.split('/').slice(-2).join('/')

function nearestNames(
  { text }: EntryName,
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[]
): string[] {
  const names = worktrees.map(({ worktree }) => shortName(worktree.path))
  return nearest(text, [...sessions.map((session) => session.text), ...names], 3)
}

async function climbSession(
  session: Session,
  used: UsedWorktrees,
  questioning: Questioning
): Promise<readonly Step[]> {
  await decideAll([session], [], used, questioning)
  return explainSession(lookAtSession(session, used, questioning), questioning.rules.maxAgeDays)
}

/** Only sessions of its own repo can refer to a worktree. */
async function climbWorktree(
  placed: PlacedWorktree,
  sessions: readonly Session[],
  used: UsedWorktrees,
  questioning: Questioning
): Promise<readonly Step[]> {
  const { repo } = placed.worktree
  const id = repo.known ? repoId(repo.value) : undefined
  const own = sessions.filter(({ key }) => key !== null && repoId(key.repo) === id)
  const decided = await decideAll(own, [placed], used, questioning)
  const index = new SessionIndex(decided.sessions, questioning.answers)
  return explainWorktree(lookAtWorktree(placed, index, questioning), questioning.rules.maxAgeDays)
}

/** What a pass looks at once more before it removes a worktree. */
async function guardSteps(
  worktree: Worktree,
  steps: readonly Step[],
  readers: Readers,
  { now, rules }: Questioning
): Promise<Step[]> {
  const decision = outcomeOf(steps)
  if (decision.action === 'keep') return []
  const retry = explainRetry(decision, readers.failures(worktree), now, rules.passIntervalMs)
  if (retry.outcome !== null) return [retry]
  return [retry, explainWork(decision, await readers.work(worktree))]
}

const limitSteps = (steps: readonly Step[], maxRemovals: number): Step[] =>
  maxRemovals === 0 || outcomeOf(steps).action === 'keep' ? [] : [explainLimit(maxRemovals)]

/** A later rule that decides overrules an earlier one. */
const outcomeOf = (steps: readonly Step[]): Decision =>
  steps.findLast(({ outcome }) => outcome !== null)?.outcome ?? keep('unknown')

const conclude = (kind: Explanation['kind'], name: string, steps: readonly Step[]): Explanation => ({
  kind,
  name,
  steps,
  decision: outcomeOf(steps)
})
