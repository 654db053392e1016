import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import { Journal } from '../host/journal.ts'
import { readRun, readRuns } from '../host/run-changes.ts'
import { statePaths } from '../host/state-dir.ts'
import { renderRun, renderRuns } from '../report/history.ts'
import type { Console } from './console.ts'
import { findRun } from './find-run.ts'
import { withLocalSurroundings } from './surroundings.ts'

/**
 * The runs that changed something, or with a name all that one run changed.
 *
 * @param name the run's id, or a beginning that no other has
 * @returns the exit code
 * @throws errors with a `code` that the table of exit codes knows
 */
export const history = (
  name: string | undefined,
  flags: Flags,
  env: Environment,
  console: Console
): Promise<number> =>
  withLocalSurroundings(flags, env, console, async ({ settings, redact }) => {
    const journal = new Journal(statePaths(settings.stateDir).journal)
    const runs =
      name === undefined
        ? readRuns(journal)
        : [readRun(journal, findRun(journal, name))].flatMap((run) => run ?? [])
    const text =
      flags['json'] === true
        ? `${JSON.stringify(runs, null, 2)}\n`
        : name === undefined
          ? renderRuns(runs)
          : runs.map(renderRun).join('')
    await console.result(redact(text))
    return 0
  })
