import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlacedFile } from './place-file.ts'
import { fillUnit, unitWord } from './unit-text.ts'

export const SERVICE = 'claude-hooks-sweep.service'
export const TIMER = 'claude-hooks-sweep.timer'

/** What the units are filled with. */
interface UnitValues {
  /** Node's own path, and that of the command's script. */
  readonly node: string
  readonly command: string
  readonly settings: string
  readonly hours: number
  readonly calendar: string
  /** For how long a pass may ask. */
  readonly deadlineMinutes: number
  /** For the systemd of the machine: whom the passes run as, and where they may write. */
  readonly user: string
  readonly writable: readonly string[]
}

/** Where things come from and go to. */
interface UnitPlaces {
  readonly scope: 'user' | 'system'
  /** The package's `systemd` directory. */
  readonly templates: string
  readonly units: string
}

const MODE = 0o644

/** What a pass has, when its time for questions is over, to remove what it decided on. */
const REMOVAL_MINUTES = 60

/** The service and the timer, filled in. */
export function renderUnits({ scope, templates, units }: UnitPlaces, values: UnitValues): PlacedFile[] {
  const words = {
    NODE: unitWord(values.node),
    COMMAND: unitWord(values.command),
    SETTINGS: unitWord(values.settings),
    USER: unitWord(values.user),
    // The dash: what is not there yet keeps no pass from saying so.
    WRITABLE: values.writable.map((path) => unitWord(`-${path}`)).join(' '),
    HOURS: String(values.hours),
    CALENDAR: values.calendar,
    TIMEOUT: String(values.deadlineMinutes + REMOVAL_MINUTES)
  }
  const render = (template: string, name: string): PlacedFile => {
    const text = fillUnit(readFileSync(join(templates, template), 'utf8'), words)
    return { path: join(units, name), text, mode: MODE }
  }
  return [render(`${scope}/${SERVICE}`, SERVICE), render(TIMER, TIMER)]
}
