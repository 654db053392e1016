import { realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import type { Explanation } from '../domain/ladder.ts'
import { statePaths } from '../host/state-dir.ts'
import { type EntryName, explainEntry } from '../pass/explain.ts'
import { explanationJson, renderExplanation } from '../report/explanation.ts'
import type { Console } from './console.ts'
import { openGround } from './ground.ts'
import { createObserver } from './observe.ts'
import { type Surroundings, withSurroundings } from './surroundings.ts'
import { rulesOf, wireReaders } from './wiring.ts'
import { wireForgejo } from './wiring-forgejo.ts'

/**
 * Why one session or worktree goes or stays: every rule, with what it saw.
 *
 * @param name a session's key, a worktree's path, or `<agent>/<directory name>`
 * @returns the exit code
 * @throws errors with a `code` that the table of exit codes knows
 */
export const explain = (name: string, flags: Flags, env: Environment, console: Console): Promise<number> =>
  withSurroundings(flags, env, console, async (surroundings) => {
    const { explanation, unreachable } = await explainOnce(entryName(name), surroundings)
    const { redact, interrupt } = surroundings
    const render = flags['json'] === true ? explanationJson : renderExplanation
    await console.result(redact(render(explanation)))
    if (interrupt.signal() !== null) return interrupt.signal() === 'SIGINT' ? 130 : 143
    return unreachable ? 69 : 0
  })

async function explainOnce(
  name: EntryName,
  { settings, log, console, interrupt, clock }: Surroundings
): Promise<{ explanation: Explanation; unreachable: boolean }> {
  // One entry hinges on few answers, and what is shown is what Forgejo says of just these.
  const forgejo = wireForgejo(settings, clock, () => interrupt.signal() !== null, 'each')
  try {
    const ground = openGround(settings, statePaths(settings.stateDir), clock, log)
    const readers = wireReaders(ground, forgejo)
    const observer = createObserver(log, console.progress, false, clock.monotonic)
    const options = { rules: rulesOf(settings, ground), maxRemovals: settings.maxRemovals }
    const explanation = await explainEntry(name, { readers, observer, now: clock.now() }, options)
    ground.root?.close()
    return { explanation, unreachable: forgejo.unreachable() }
  } finally {
    console.progress.clear()
    await forgejo.close()
  }
}

/** Worktrees are known by the real path of their directory; the last name may itself be a link. */
function entryName(text: string): EntryName {
  const path = resolve(text)
  try {
    return { text, paths: [path, join(realpathSync(dirname(path)), basename(path))] }
  } catch {
    return { text, paths: [path] }
  }
}
