import { spawnSync } from 'node:child_process'

/** Whether a command can be started here. */
export const hasCommand = (name: string): boolean =>
  spawnSync(name, ['--version'], { stdio: 'ignore' }).error === undefined
