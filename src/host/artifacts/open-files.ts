import { readdirSync, statSync } from 'node:fs'
import { type Unknown, unknown } from '../../domain/fact.ts'
import { errnoOf } from '../file-error.ts'
import { isDoubtful } from '../hidden-process.ts'
import { nameProcess } from '../process-view.ts'

/** The files and directories that processes have open, by device and inode, whatever name they opened them by. */
export class OpenFiles {
  readonly #inodes = new Map<number, Set<number>>()

  has(device: number, inode: number): boolean {
    return this.#inodes.get(device)?.has(inode) === true
  }

  /**
   * Looks through `/proc` anew. Those of other users that cannot be seen are passed over, as for worktrees.
   *
   * @returns why it cannot be told, when a process of this user hides what it has open; else null
   */
  look(): Unknown | null {
    try {
      this.#inodes.clear()
      const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      const hides = (pid: string) => addOpen(pid, this.#add) && isDoubtful(pid)
      // Looked at twice: one that changes its user hides for a moment.
      const hidden = pids.filter(hides).find(hides)
      if (hidden === undefined) return null
      const why = `This user's ${nameProcess(hidden)} hides what it has open: end it, or wait for its end`
      return unknown('PROCESSES_UNREADABLE', why)
    } catch {
      return unknown('PROCESSES_UNREADABLE', 'The list of processes in /proc cannot be read')
    }
  }

  readonly #add: Add = (device, inode) => {
    const inodes = this.#inodes.get(device)
    if (inodes === undefined) this.#inodes.set(device, new Set([inode]))
    else inodes.add(inode)
  }
}

type Add = (device: number, inode: number) => void

/** Notes what a process has open. @returns whether it hides something */
function addOpen(pid: string, add: Add): boolean {
  let refused = false
  const attempt = <T>(look: () => T): T | undefined => {
    try {
      return look()
    } catch (error) {
      if (['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) refused = true
      // Anything else: the process or the file is gone.
      return undefined
    }
  }
  const note = (link: string) => {
    const stats = attempt(() => statSync(`/proc/${pid}/${link}`))
    if (stats?.isFile() === true || stats?.isDirectory() === true) add(stats.dev, stats.ino)
  }
  note('cwd')
  // Who may not see this may see nothing.
  if (refused) return true
  for (const link of ['root', 'exe']) note(link)
  for (const fd of attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? []) note(`fd/${fd}`)
  return refused
}
