import type { Ending } from '../domain/outcome.ts'
import { isoTime } from '../domain/time.ts'
import { deleteBranches } from './delete-branch.ts'
import { deleteSlots } from './delete-slots.ts'
import { describeError } from './file-error.ts'
import type { Branch, RemovalIntent } from './journal-records.ts'
import type { RemovalTools } from './removal-tools.ts'

/** What is left of a removal whose rescue is journalled and whose admin directory is in the trash. */
export interface Rest {
  readonly intent: RemovalIntent
  readonly branch: Branch | null
}

/** Those of which something failed, and why. */
type Faults = Map<Rest, string>

/**
 * Finishes removals: journals that they are decided, deletes the branches, then the trash, and journals the end. A
 * failure concerns its own removal alone, and is told, not thrown. Safe to repeat.
 *
 * @returns how each ended
 */
export async function finishRemovals(
  tools: RemovalTools,
  run: string,
  rests: readonly Rest[]
): Promise<ReadonlyMap<Rest, Ending>> {
  const faults: Faults = new Map()
  const decided = decide(tools, run, rests, faults)
  for (const some of groupByClone(decided)) await deleteTheirBranches(tools, some, faults)
  await deleteTheirFiles(tools, run, decided, faults)
  return new Map(
    rests.map((rest) => {
      const why = faults.get(rest)
      return [rest, why === undefined ? { kind: 'deleted' } : { kind: 'failed', why }]
    })
  )
}

const slotOf = ({ intent }: Rest): string => intent.slot
const cloneOf = ({ intent }: Rest): string => intent.registration.gitDir.join('/')

function groupByClone(rests: readonly Rest[]): Rest[][] {
  const groups = new Map<string, Rest[]>()
  for (const rest of rests) groups.set(cloneOf(rest), [...(groups.get(cloneOf(rest)) ?? []), rest])
  return [...groups.values()]
}

/** From here on no deletion needs what is in a slot to know that it may go on. @returns those for which it is so */
function decide(tools: RemovalTools, run: string, rests: readonly Rest[], faults: Faults): readonly Rest[] {
  try {
    note(tools, run, 'decided', rests)
  } catch (error) {
    for (const rest of rests) faults.set(rest, describeError(error))
    return []
  }
  return rests.filter((rest) => {
    try {
      // Still there when somebody else deleted the worktree before it was moved.
      tools.trash.unlockRegistration(rest.intent)
      return true
    } catch (error) {
      faults.set(rest, describeError(error))
      return false
    }
  })
}

function note({ journal, now }: RemovalTools, run: string, type: 'decided' | 'done', rests: readonly Rest[]) {
  if (rests.length === 0) return
  journal.append(run, ...rests.map((rest) => ({ type, at: isoTime(now()), slot: slotOf(rest) })))
}

/** In one transaction; where that fails, one by one, to know for which. */
async function deleteTheirBranches(
  { root }: RemovalTools,
  rests: readonly Rest[],
  faults: Faults
): Promise<void> {
  const gitDir = root.pathOf(rests[0]?.intent.registration.gitDir ?? [])
  const branchesOf = (some: readonly Rest[]) => some.flatMap(({ branch }) => branch ?? [])
  try {
    await deleteBranches(gitDir, branchesOf(rests))
  } catch {
    for (const rest of rests) {
      await deleteBranches(gitDir, branchesOf([rest])).catch((error) =>
        faults.set(rest, describeError(error))
      )
    }
  }
}

/** A branch that cannot be deleted, for a lock that git left behind say, keeps no disk full: its slot stays, empty. */
async function deleteTheirFiles(
  tools: RemovalTools,
  run: string,
  rests: readonly Rest[],
  faults: Faults
): Promise<void> {
  for (const rest of rests.filter((one) => faults.has(one))) {
    await tools.trash.empty(slotOf(rest)).catch((error) => faults.set(rest, describeError(error)))
  }
  const whole = rests.filter((rest) => !faults.has(rest))
  const left = await deleteSlots(tools.root, whole.map(slotOf))
  for (const rest of whole) {
    const why = left.get(slotOf(rest))
    if (why !== undefined) faults.set(rest, why)
  }
  const gone = whole.filter((rest) => !faults.has(rest))
  try {
    note(tools, run, 'done', gone)
  } catch {
    // They are gone all the same; nothing that comes later reads it.
  }
}
