import { spawnSync } from 'node:child_process'

/** A user as the machine knows it. */
export interface SystemUser {
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/** Looks a user up by name, wherever the machine keeps its users; undefined when there is none. */
export function findUser(name: string): SystemUser | undefined {
  const { status, stdout } = spawnSync('getent', ['passwd', '--', name], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore']
  })
  const [found, , uid, gid, , home] = status === 0 ? stdout.trimEnd().split(':') : []
  // A number would be found, too, and mean another user to systemd.
  if (found !== name || home === undefined) return undefined
  return { uid: Number(uid), gid: Number(gid), home }
}
