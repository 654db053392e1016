import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from '../config/paths.ts'
import type { LocalSettings } from '../config/settings.ts'
import type { Flags } from '../config/sources.ts'
import { isoTime } from '../domain/time.ts'
import { CacheRoot } from '../host/cache-root.ts'
import { Journal } from '../host/journal.ts'
import { takeLock } from '../host/lock.ts'
import { recover } from '../host/recover.ts'
import { readRun } from '../host/run-changes.ts'
import { makeSweeperDirectory, orUnusable, statePaths } from '../host/state-dir.ts'
import { type Undone, undoRun } from '../pass/undo.ts'
import { renderUndone } from '../report/history.ts'
import type { Console } from './console.ts'
import { findRun } from './find-run.ts'
import { runId } from './run-id.ts'
import { type Surroundings, withLocalSurroundings } from './surroundings.ts'
import { openRemovalTools } from './wiring-removal.ts'
import { wireUndo } from './wiring-undo.ts'

/**
 * Brings back what one run took away.
 *
 * @param name the run's id, or a beginning that no other has
 * @returns the exit code: 1 when something was left for something newer, or failed
 * @throws errors with a `code` that the table of exit codes knows
 */
export const undo = (name: string, flags: Flags, env: Environment, console: Console): Promise<number> =>
  withLocalSurroundings(flags, env, console, async (surroundings) => {
    const undone = await undoOnce(name, flags['only'], surroundings)
    const { redact, interrupt } = surroundings
    await console.result(redact(renderUndone(undone)))
    if (interrupt.signal() !== null) return interrupt.signal() === 'SIGINT' ? 130 : 143
    return undone.every(({ outcome: { kind } }) => kind === 'back' || kind === 'already') ? 0 : 1
  })

async function undoOnce(
  name: string,
  only: unknown,
  { settings, log, console, interrupt, clock }: Surroundings<LocalSettings>
): Promise<readonly Undone[]> {
  const paths = statePaths(settings.stateDir)
  const journal = new Journal(paths.journal)
  const of = findRun(journal, name)
  const run = runId(clock)
  makeSweeperDirectory(paths)
  const lock = orUnusable(paths.lock, () => takeLock(paths.lock, isoTime(clock.now()), run))
  const { cacheDir } = settings
  const root = existsSync(cacheDir) ? orUnusable(cacheDir, () => new CacheRoot(cacheDir)) : undefined
  try {
    const tools = openRemovalTools({ settings, root, clock }, journal)
    for (const { path, how, why } of tools === undefined ? [] : await recover(tools)) {
      log.info({ path }, `An earlier run was cut off: ${why ?? how}`)
    }
    const hands = wireUndo({ paths, journal, tools, now: () => clock.now(), run, of })
    return await undoRun(readRun(journal, of) ?? { run: of, at: '', changes: [] }, namesOf(only, root), {
      ...hands,
      undoing: (path) => console.progress.show(`Bringing back ${path}`),
      interrupted: () => interrupt.signal() !== null
    })
  } finally {
    console.progress.clear()
    root?.close()
    lock.release()
  }
}

/** What an operator may call an entry: as it is written, as a path from here, or a clone by its repo. */
const namesOf = (only: unknown, root: CacheRoot | undefined): string[] | undefined =>
  typeof only === 'string'
    ? [only, resolve(only), ...(root === undefined ? [] : [root.pathOf(['repos', only])])]
    : undefined
