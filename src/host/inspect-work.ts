import { type Fact, known, unknown } from '../domain/fact.ts'
import type { Work } from '../domain/state.ts'
import type { CacheRoot } from './cache-root.ts'
import { Directory } from './directory.ts'
import { describeError } from './file-error.ts'
import { ObstacleError } from './obstacle.ts'
import { type PreparedRescues, stampWorktree } from './prepared-rescues.ts'
import { readHead } from './read-head.ts'
import { readRegistration } from './registration.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { surveyWork } from './survey-work.ts'
import { type WorkPlaces, workPlaces } from './work-places.ts'

/**
 * Looks into a worktree at its place; what cannot be looked into is unknown, with the reason.
 *
 * @param maxBytes how much a rescue may hold
 * @param prepared takes the rescue of one that can be saved
 */
export async function inspectWorktree(
  root: CacheRoot,
  path: string,
  maxBytes: number,
  prepared?: PreparedRescues
): Promise<Fact<Work>> {
  try {
    const worktree = Directory.open(path)
    try {
      const registration = readRegistration(root, worktree, path)
      return known(await inspectWork(workPlaces(root, registration, path), maxBytes, prepared))
    } finally {
      worktree.close()
    }
  } catch (error) {
    return unknown('WORKTREE_UNREADABLE', `It cannot be looked into: ${describeError(error)}`)
  }
}

async function inspectWork(
  places: WorkPlaces,
  maxBytes: number,
  prepared: PreparedRescues | undefined
): Promise<Work> {
  const head = await readHead(places)
  const before = stampWorktree(places)
  const { bytes } = before.tree
  const scratch = await ScratchRepository.open(places, head.commit, 'to-itself')
  try {
    const survey = await surveyWork(places, scratch, maxBytes)
    const { holds, obstacle } = survey
    // What fails here is done, or told, once the worktree was moved aside.
    if (obstacle === null) await prepared?.prepare(places, scratch, survey, head, before).catch(() => {})
    return { holds, obstacle, bytes }
  } catch (error) {
    if (!(error instanceof ObstacleError)) throw error
    return { holds: null, obstacle: error.holds, bytes }
  } finally {
    scratch.remove()
  }
}
