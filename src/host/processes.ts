import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { type Fact, known, unknown } from '../domain/fact.ts'
import type { Usage } from '../domain/state.ts'

/** A worktree, by path and by what `stat` says of it. */
export interface Place {
  readonly path: string
  readonly device: number
  readonly inode: number
}

/** Who has a working directory or an open file inside which of the places, by the place's path. */
export type Users = ReadonlyMap<string, Usage>

/**
 * Looks through `/proc` once. A process in another mount namespace may see a place under another
 * path: its working directory is followed upwards by device and inode. What cannot be read of
 * another user's process is passed over.
 */
export function readUsers(places: readonly Place[]): Fact<Users> {
  try {
    const byPath = new Set(places.map(({ path }) => path))
    const byInode = new Map(places.map((place) => [inodeId(place.device, place.inode), place.path]))
    const namespace = readlinkSync('/proc/self/ns/mnt')
    const users = new Map<string, Usage>()
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      for (const path of placesOf(pid, byPath, byInode, namespace)) {
        if (!users.has(path)) users.set(path, `process ${pid}${commandOf(pid)}`)
      }
    }
    return known(users)
  } catch {
    return unknown('PROCESSES_UNREADABLE', 'The list of processes in /proc cannot be read')
  }
}

const inodeId = (device: number, inode: number): string => `${device}:${inode}`

function placesOf(
  pid: string,
  byPath: ReadonlySet<string>,
  byInode: ReadonlyMap<string, string>,
  namespace: string
): string[] {
  const links = [`/proc/${pid}/cwd`]
  // This process holds worktrees open itself, to look into them.
  if (Number(pid) !== process.pid) links.push(...openFilesOf(pid))
  const found = links.flatMap((link) => placeAround(readLink(link), byPath) ?? [])
  const foreign = readLink(`/proc/${pid}/ns/mnt`)
  if (foreign !== undefined && foreign !== namespace) {
    const path = placeByInode(`/proc/${pid}/cwd`, byInode)
    if (path !== undefined) found.push(path)
  }
  return found
}

/** The place that a path is in, or is. */
function placeAround(path: string | undefined, byPath: ReadonlySet<string>): string | undefined {
  for (let at = path ?? ''; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (byPath.has(at)) return at
  }
  return undefined
}

/** Deeper than any path can be, so that the way up ends. */
const MAX_DEPTH = 4096

function placeByInode(link: string, byInode: ReadonlyMap<string, string>): string | undefined {
  let at = `${link}/.`
  let last = ''
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const id = inodeOf(at)
    if (id === undefined || id === last) return undefined
    const path = byInode.get(id)
    if (path !== undefined) return path
    last = id
    at += '/..'
  }
  return undefined
}

function inodeOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return inodeId(dev, ino)
  } catch {
    return undefined
  }
}

function openFilesOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`)
  } catch {
    return []
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function commandOf(pid: string): string {
  try {
    return ` (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`
  } catch {
    return ''
  }
}
