import type { DroppedSession, RemovedWorktree, RunChanges, SetAsideClone } from '../domain/changes.ts'
import type { BroughtBack } from '../domain/outcome.ts'

/** What bringing back is done with. */
export interface UndoHands {
  readonly bringBack: (removed: RemovedWorktree | SetAsideClone) => Promise<BroughtBack>
  /** Puts sessions back in one write; one outcome for each. */
  readonly restoreSessions: (dropped: readonly DroppedSession[]) => readonly BroughtBack[]
  readonly undoing: (name: string) => void
  readonly interrupted: () => boolean
}

/** What became of one thing that a run had taken away. */
export interface Undone {
  readonly kind: 'worktree' | 'cache-clone' | 'session'
  /** A session's key, or the path. */
  readonly name: string
  readonly outcome: BroughtBack
}

/** What the operator asked for does not exist. */
class NothingToUndoError extends Error {
  readonly code = 'NOTHING_TO_UNDO'
}

/**
 * Brings back what a run took away: the worktrees and cache clones one by one, then the sessions in one write, so that no
 * session is there before its checkout. After an interruption nothing new is begun; an undo can be
 * repeated, and then finds what is back already.
 *
 * @param only what an entry may be called, when not all is wanted: its key, its path
 * @throws NothingToUndoError when nothing of the run is called so
 */
export async function undoRun(
  { run, changes }: RunChanges,
  only: readonly string[] | undefined,
  hands: UndoHands
): Promise<readonly Undone[]> {
  const isWanted = (name: string) => only === undefined || only.some((one) => one === name)
  const places = changes
    .filter((change) => change.kind === 'worktree' || change.kind === 'cache-clone')
    .filter(({ path }) => isWanted(path))
  const sessions = changes.filter((change) => change.kind === 'session').filter(({ key }) => isWanted(key))
  if (places.length + sessions.length === 0) {
    const none = changes.some(({ kind }) => kind === 'artifacts')
      ? 'nothing that can be brought back'
      : 'nothing'
    const what = only === undefined ? none : `nothing called ${JSON.stringify(only[0])}`
    throw new NothingToUndoError(
      `The run ${run} took ${what} away: claude-hooks-sweep history ${run} tells what`
    )
  }
  const undone: Undone[] = []
  for (const removed of places) {
    if (hands.interrupted()) break
    hands.undoing(removed.path)
    undone.push({ kind: removed.kind, name: removed.path, outcome: await hands.bringBack(removed) })
  }
  if (hands.interrupted() || sessions.length === 0) return undone
  const outcomes = hands.restoreSessions(sessions)
  return [
    ...undone,
    ...sessions.map(({ key: name }, index): Undone => {
      const outcome = outcomes[index] ?? { kind: 'failed', why: 'nobody knows what became of it' }
      return { kind: 'session', name, outcome }
    })
  ]
}
