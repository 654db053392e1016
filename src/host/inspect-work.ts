import { type Fact, known, unknown } from '../domain/fact.ts'
import type { Work } from '../domain/state.ts'
import type { CacheRoot } from './cache-root.ts'
import { Directory } from './directory.ts'
import { describeError } from './file-error.ts'
import { ObstacleError } from './obstacle.ts'
import { readHead } from './read-head.ts'
import { readRegistration } from './registration.ts'
import { ScratchRepository } from './scratch-repository.ts'
import { surveyWork } from './survey-work.ts'
import { measureTree } from './tree-size.ts'
import { type WorkPlaces, workPlaces } from './work-places.ts'

/**
 * Looks into a worktree at its place; what cannot be looked into is unknown, with the reason.
 *
 * @param maxBytes how much a rescue may hold
 */
export async function inspectWorktree(root: CacheRoot, path: string, maxBytes: number): Promise<Fact<Work>> {
  try {
    const worktree = Directory.open(path)
    try {
      const registration = readRegistration(root, worktree, path)
      return known(await inspectWork(workPlaces(root, registration, path), maxBytes))
    } finally {
      worktree.close()
    }
  } catch (error) {
    return unknown('WORKTREE_UNREADABLE', `It cannot be looked into: ${describeError(error)}`)
  }
}

async function inspectWork(places: WorkPlaces, maxBytes: number): Promise<Work> {
  const scratch = await ScratchRepository.open(places, (await readHead(places)).commit)
  try {
    const { holds, obstacle } = await surveyWork(places, scratch, maxBytes)
    return { holds, obstacle, bytes: measureTree(places.workTree).bytes }
  } catch (error) {
    if (!(error instanceof ObstacleError)) throw error
    return { holds: null, obstacle: error.holds, bytes: measureTree(places.workTree).bytes }
  } finally {
    scratch.remove()
  }
}
