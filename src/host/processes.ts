import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type Fact, known, unknown } from '../domain/fact.ts'
import type { Usage } from '../domain/state.ts'
import { errnoOf } from './file-error.ts'
import { placeOnDevice, readMounts } from './mounts.ts'

/** Who has a working directory or an open file inside which of the worktrees, by the worktree's path. */
export type Users = ReadonlyMap<string, Usage>

/**
 * Programs that make themselves unreadable even for their own user, to guard the secrets that they hold,
 * and that never work in a checkout. Every user manager has `(sd-pam)`.
 */
const GUARDED: ReadonlySet<string> = new Set([
  '(sd-pam)',
  'ssh-agent',
  'gpg-agent',
  'sudo',
  'su',
  'fusermount3'
])

/**
 * Looks through `/proc` once: working directory, root, program and open files of every process, also of
 * those in another mount namespace, a container's, which know a worktree by another path: their paths are
 * followed to the place on the file system.
 *
 * What cannot be read of another user's process is passed over; of one of this user's it makes the whole
 * unknown, for it may be at work anywhere.
 */
export function readUsers(paths: readonly string[]): Fact<Users> {
  try {
    const scan = new Scan(paths)
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) scan.look(pid)
    return scan.result()
  } catch {
    return unknown('PROCESSES_UNREADABLE', 'The list of processes in /proc cannot be read')
  }
}

class Scan {
  readonly #users = new Map<string, Usage>()
  readonly #byPath: ReadonlySet<string>
  readonly #namespace = readlinkSync('/proc/self/ns/mnt')
  #places: Map<string, string> | undefined
  #unreadable: string | undefined

  constructor(paths: readonly string[]) {
    this.#byPath = new Set(paths)
  }

  look(pid: string): void {
    const { links, hidden } = linksOf(pid)
    if (hidden && isOwn(pid) && !GUARDED.has(commandOf(pid))) this.#unreadable ??= describe(pid)
    const namespace = readLink(`/proc/${pid}/ns/mnt`)
    const isForeign = namespace !== undefined && namespace !== this.#namespace
    for (const link of links) {
      const path = isForeign ? this.#translate(pid, link) : placeAround(link, this.#byPath)
      if (path !== undefined && !this.#users.has(path)) this.#users.set(path, describe(pid))
    }
  }

  result(): Fact<Users> {
    if (this.#unreadable === undefined) return known(this.#users)
    const why = `${this.#unreadable} of this user cannot be looked into, so nobody knows where it is at work: end it, or run as another user`
    return unknown('PROCESSES_UNREADABLE', why)
  }

  /** The worktree that a path of another mount namespace leads to. */
  #translate(pid: string, link: string): string | undefined {
    this.#places ??= this.#placesHere()
    const at = placeOnDevice(this.#mountsOf(pid), link)
    const place = at === undefined ? undefined : placeAround(at, this.#places)
    return place === undefined ? undefined : this.#places.get(place)
  }

  /** The worktrees by their place on the file system. */
  #placesHere(): Map<string, string> {
    const mounts = readMounts('self')
    return new Map(
      [...this.#byPath].flatMap((path) => {
        const at = placeOnDevice(mounts, path)
        return at === undefined ? [] : [[at, path] as const]
      })
    )
  }

  #mountsOf(pid: string): ReturnType<typeof readMounts> {
    try {
      return readMounts(pid)
    } catch {
      return []
    }
  }
}

/** Where a process is, and what it has open; hidden when it does not say. A kernel thread has no program. */
function linksOf(pid: string): { links: string[]; hidden: boolean } {
  let hidden = false
  const read = (name: string): string[] => {
    try {
      return [readlinkSync(`/proc/${pid}/${name}`)]
    } catch (error) {
      hidden ||= isDenied(error)
      return []
    }
  }
  const links = ['cwd', 'root', 'exe'].flatMap(read)
  // This process holds worktrees open itself, to look into them.
  if (Number(pid) !== process.pid) links.push(...openFilesOf(pid).flatMap((fd) => read(`fd/${fd}`)))
  return { links: links.map((link) => link.replace(/ \(deleted\)$/, '')), hidden }
}

const isDenied = (error: unknown): boolean => ['EACCES', 'EPERM'].includes(errnoOf(error) ?? '')

function openFilesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`)
  } catch {
    return []
  }
}

/**
 * Whether a process is alive and this user's, by its ids: the entries in `/proc` of one that hides belong
 * to root. Root's own count as the system's: in a container it may not look into the first process.
 */
function isOwn(pid: string): boolean {
  const status = readText(`/proc/${pid}/status`)
  const ids = /^Uid:\s+(\d+)\s+(\d+)/m.exec(status)?.slice(1).map(Number) ?? []
  const own = process.getuid?.() ?? 0
  return own !== 0 && ids.includes(own) && !/^State:\s+[ZX]/m.test(status)
}

/** The place that a path is in, or is. */
function placeAround(path: string, places: { has(path: string): boolean }): string | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (places.has(at)) return at
  }
  return undefined
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

const commandOf = (pid: string): string => readText(`/proc/${pid}/comm`).trim()

function describe(pid: string): string {
  const command = commandOf(pid)
  return `process ${pid}${command === '' ? '' : ` (${command})`}`
}
