import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { ProcessFacts } from '../../domain/doctor/check-processes.ts'
import { viewProcess } from '../process-view.ts'
import { readUsers } from '../processes.ts'

/** The kernel gives the first PID namespace of a machine this number (`PROC_PID_INIT_INO`). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]'

/** @param worktrees the directory of the agents' directories */
export function readProcessFacts(worktrees: string): ProcessFacts {
  const user = process.geteuid?.() ?? 0
  const agents = ownersBelow(worktrees)
  // Of no place in particular: whether anybody's use is in doubt.
  const usage = readUsers([]).of('/')
  return {
    user,
    agents,
    hidepid: readHidepid(),
    doubt: usage.known ? null : usage.why,
    hidden: countHidden(new Set(agents.filter((agent) => agent !== user))),
    contained: attempt(() => readlinkSync('/proc/self/ns/pid')) !== FIRST_PID_NAMESPACE
  }
}

/** The owners of the worktrees, each once. */
function ownersBelow(worktrees: string): number[] {
  const list = (path: string) => attempt(() => readdirSync(path)) ?? []
  const paths = list(worktrees).flatMap((agent) =>
    list(join(worktrees, agent)).map((name) => join(worktrees, agent, name))
  )
  return [...new Set(paths.flatMap((path) => attempt(() => lstatSync(path).uid) ?? []))].sort((a, b) => a - b)
}

function countHidden(users: ReadonlySet<number>): number {
  if (users.size === 0) return 0
  const pids = (attempt(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name))
  const theirs = pids.filter((pid) => users.has(attempt(() => statSync(`/proc/${pid}`).uid) ?? -1))
  return theirs.filter((pid) => viewProcess(pid).isHidden).length
}

function readHidepid(): string | null {
  const mounts = attempt(() => readFileSync('/proc/self/mountinfo', 'utf8')) ?? ''
  // The last one mounted at a place covers the others.
  const line = mounts.split('\n').findLast((text) => text.split(' ')[4] === '/proc') ?? ''
  const value = /\bhidepid=(\w+)/.exec(line)?.[1]
  return value === undefined || value === '0' || value === 'off' ? null : value
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
