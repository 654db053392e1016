import type { Journal } from '../host/journal.ts'

/** No run is called so, or several are. */
class NoSuchRunError extends Error {
  readonly code = 'NO_SUCH_RUN'
}

/**
 * @param name a run's id, or a beginning that no other has
 * @throws NoSuchRunError
 */
export function findRun(journal: Journal, name: string): string {
  const found = journal.runs().filter((run) => run.startsWith(name))
  if (found[0] !== undefined && (found.length === 1 || found[0] === name)) return found[0]
  const why = found.length === 0 ? 'There is no run' : `There are ${found.length} runs that begin with`
  throw new NoSuchRunError(`${why} ${JSON.stringify(name)}: claude-hooks-sweep history lists them`)
}
