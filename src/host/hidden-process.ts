import { readFileSync, statSync } from 'node:fs'
import { errnoOf } from './file-error.ts'
import { commandOf } from './process-view.ts'

/**
 * Helpers that hide from their own user, as they hold secrets or came from root, and never work in a
 * checkout (they change to `/`). By command, which Linux cuts off after 15 bytes.
 */
const HELPERS: ReadonlySet<string | undefined> = new Set([
  // PAM's guard of `systemd --user`: every user that is logged in, or lingers, has one.
  '(sd-pam)',
  // The side of a login over SSH that runs as the user; its shell is a process of its own.
  'sshd',
  'sshd-session',
  'ssh-agent',
  'gpg-agent',
  'scdaemon',
  'gnome-keyring-d',
  'kwalletd5',
  'kwalletd6',
  // The network of rootless containers.
  'slirp4netns',
  'passt',
  'passt.avx2',
  'pasta',
  'pasta.avx2'
])

/**
 * Whether a process that may not be looked at could be in a worktree for all one knows: it belongs to
 * this process's user and is no known helper. Another user's is passed over: one cannot see into any
 * of them, and nothing would ever be removed.
 */
export const isDoubtful = (pid: string): boolean => isOwn(pid) && !isInit(pid) && !HELPERS.has(commandOf(pid))

/** Some machines hide it even from root. In a container of an ordinary user it is the service itself. */
const isInit = (pid: string): boolean => pid === '1' && process.geteuid?.() === 0

/** Whether one of its user ids (real, effective, saved, file system) is this user, and it still runs. */
function isOwn(pid: string): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const uids = /^Uid:\s+(.+)$/m.exec(status)?.[1]?.split('\t') ?? []
    // Zombies and kernel threads have no memory, and so nothing open.
    return /^VmSize:/m.test(status) && uids.includes(`${process.geteuid?.()}`)
  } catch (error) {
    return errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ESRCH' && isOwnDirectory(pid)
  }
}

/** Where `/proc` is mounted with `hidepid`, the directory's owner still tells the effective user. */
function isOwnDirectory(pid: string): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === process.geteuid?.()
  } catch {
    return false
  }
}
