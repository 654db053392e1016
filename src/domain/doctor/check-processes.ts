import { type Check, hint, ok, warning, wrong } from './check.ts'

/** What can be seen of the processes that may be at work in worktrees. */
export interface ProcessFacts {
  /** The user that this runs as. */
  readonly user: number
  /** The owners of the worktrees: the agents run as one of these. */
  readonly agents: readonly number[]
  /** The value of `hidepid` that `/proc` is mounted with; null when it hides nobody. */
  readonly hidepid: string | null
  /** Why the use of every worktree is unknown; null when it is not. */
  readonly doubt: string | null
  /** How many processes of other agents' users hide from this one. */
  readonly hidden: number
  /** Whether this runs in a PID namespace of its own, a container's. */
  readonly contained: boolean
}

/** A line that says whether a worktree in use would be seen to be. */
export function checkProcesses({ user, agents, hidepid, doubt, hidden, contained }: ProcessFacts): Check {
  const name = 'processes'
  if (doubt !== null) return warning(name, doubt, 'until then every worktree is kept')
  const strangers = agents.filter((agent) => agent !== user).join(', ')
  // Only root may look into another user's process, and not even that everywhere.
  if (strangers !== '' && (user !== 0 || hidden > 0)) {
    const how = hidepid === null ? '' : ` (/proc is mounted with hidepid=${hidepid})`
    const saw = `user ${strangers} owns worktrees, and what it runs cannot be looked into${how}`
    const advice = `run as user ${strangers}, or as root with all rights: a worktree in use could be taken for idle`
    return wrong(name, saw, advice)
  }
  if (contained) {
    const advice = 'if agents run outside of it, share their PID namespace (--pid=host)'
    return hint(name, 'those in this container can be seen, no others', advice)
  }
  return ok(name, user === 0 ? 'all can be seen' : 'those of this user, who owns the worktrees, can be seen')
}
