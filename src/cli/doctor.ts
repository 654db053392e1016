import type { Environment } from '../config/paths.ts'
import type { Flags } from '../config/sources.ts'
import { type Survey, surveySettings } from '../config/survey.ts'
import { type CheckGroup, exitCodeOfChecks } from '../domain/doctor/check.ts'
import { checksJson, renderChecks } from '../report/checks.ts'
import type { Console } from './console.ts'
import { type Surroundings, withSurvey } from './surroundings.ts'
import { examine } from './wiring-doctor.ts'

/**
 * Looks at all that a pass needs, changes nothing, and says of each thing whether it is in order.
 *
 * @returns the exit code: that of the worst check
 */
export function doctor(flags: Flags, env: Environment, console: Console): Promise<number> {
  const survey = surveySettings(flags, env)
  return withSurvey(survey, flags, env, console, async (surroundings) => {
    const { redact, interrupt } = surroundings
    const groups = await examineQuietly(survey, surroundings, env)
    const text =
      flags['json'] === true
        ? checksJson(groups)
        : renderChecks(groups, console.resultColumns, console.colourResult)
    await console.result(redact(text))
    if (interrupt.signal() !== null) return interrupt.signal() === 'SIGINT' ? 130 : 143
    return exitCodeOfChecks(groups)
  })
}

async function examineQuietly(
  survey: Survey,
  { clock, interrupt, console }: Surroundings<Survey['settings']>,
  env: Environment
): Promise<CheckGroup[]> {
  const asking = (what: string) => console.progress.show(`Asking Forgejo about ${what}`)
  const interrupted = () => interrupt.signal() !== null
  try {
    return await examine({ survey, env, clock, interrupted, asking })
  } finally {
    console.progress.clear()
  }
}
