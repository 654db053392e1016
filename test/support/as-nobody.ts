import { execFileSync, spawnSync } from 'node:child_process'
import { BIN } from './run-command.ts'
import type { Sandbox } from './sandbox.ts'

const NOBODY = 65_534
const SETPRIV = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] as const
const isRoot = process.getuid?.() === 0

/** What runs a command as somebody whom modes bind: root is not. Hands the sandbox over to them. */
export function asNobody({ path }: Sandbox): readonly string[] {
  if (!isRoot) return []
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, path])
  return SETPRIV
}

/** Why nobody can run the command here, or false when they can. */
export const nobodyIsMissing = (): string | false => {
  const [command, ...options] = SETPRIV
  if (!isRoot || spawnSync(command, [...options, process.execPath, BIN, '--version']).status === 0)
    return false
  return 'setpriv is not installed, or the command lies where others cannot read it'
}
