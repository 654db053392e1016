import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { errnoOf } from './file-error.ts'

/** What `/proc` shows of a process. */
export interface ProcessView {
  readonly cwd: string | undefined
  readonly root: string | undefined
  /** Its mount namespace, such as `mnt:[4026531841]`. */
  readonly namespace: string | undefined
  /** Where its working directory, root, executable and open files are, each under the name it has for the process. */
  readonly paths: readonly string[]
  /** Whether something of it may not be looked at. */
  readonly isHidden: boolean
}

const NOTHING = { cwd: undefined, root: undefined, namespace: undefined, paths: [] } as const

/** Looks at a process. What ended, or is gone, uses nothing. */
export function viewProcess(pid: string): ProcessView {
  const links = new Links(`/proc/${pid}`)
  const executable = links.read('exe')
  // Who may not see this may see nothing, and one refusal costs less than twenty. The kernel's own have none, nor
  // anything else.
  if (executable === undefined) return { ...NOTHING, isHidden: links.isRefused }
  const cwd = links.read('cwd')
  const root = links.read('root')
  const paths = [cwd, root, executable]
  // This process holds worktrees open itself, to look into them.
  if (Number(pid) !== process.pid) paths.push(...links.readAll('fd'))
  const namespace = links.read('ns/mnt')
  // Sockets, pipes and the like are no paths.
  return { cwd, root, namespace, paths: paths.flatMap(asPath), isHidden: links.isRefused }
}

const asPath = (target: string | undefined): string[] => (target?.startsWith('/') ? [target] : [])

/** A process's links. A refusal is noted, anything else means that the link, or the process, is gone. */
class Links {
  isRefused = false
  readonly #process: string

  constructor(process: string) {
    this.#process = process
  }

  read(name: string): string | undefined {
    return this.#attempt(() => readlinkSync(`${this.#process}/${name}`))
  }

  readAll(name: string): (string | undefined)[] {
    const names = this.#attempt(() => readdirSync(`${this.#process}/${name}`)) ?? []
    return names.map((entry) => this.read(`${name}/${entry}`))
  }

  #attempt<T>(look: () => T): T | undefined {
    try {
      return look()
    } catch (error) {
      if (['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) this.isRefused = true
      return undefined
    }
  }
}

/** A process by number and command, for people: `process 12 (node)`. */
export function nameProcess(pid: string): string {
  const command = commandOf(pid)
  return command === undefined ? `process ${pid}` : `process ${pid} (${command})`
}

/** The name of its command, at most 15 bytes long: Linux cuts it off. */
export function commandOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
  } catch {
    return undefined
  }
}
