import { lstatSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DAY } from '../../src/domain/time.ts'
import type { Sandbox } from './sandbox.ts'

/** Writes a file that was last written so many days ago. */
export function writeAged(path: string, days: number, text = 'x'): string {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  age(path, days)
  return path
}

/** Half an hour beyond, so that no test hangs on a second. */
function age(path: string, days: number): void {
  const time = (Date.now() - days * DAY - DAY / 48) / 1000
  utimesSync(path, time, time)
}

export const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

/** A Claude home in a sandbox, and the settings that mean it. */
export class ClaudeHome {
  readonly path: string
  readonly logs: string
  readonly env: Readonly<Record<string, string>>

  constructor({ path }: Sandbox, agent = 'dev') {
    const agents = join(path, 'agents')
    this.path = join(agents, agent, '.claude')
    this.logs = join(agents, agent, 'logs')
    for (const directory of [this.path, this.logs]) mkdirSync(directory, { recursive: true })
    this.env = {
      SWEEPER_CLAUDE_HOMES: `${agents}/*/.claude`,
      SWEEPER_LOG_DIRS: `${agents}/*/logs`
    }
  }

  add(name: string, days: number, text?: string): string {
    return writeAged(join(this.path, name), days, text)
  }
}
