import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { type Fact, known, type Unknown, unknown } from '../domain/fact.ts'
import type { Usage } from '../domain/state.ts'
import { isDoubtful } from './hidden-process.ts'
import { locate, type MountTable, readMountTable, upwards } from './mounts.ts'
import { nameProcess, type ProcessView, viewProcess } from './process-view.ts'

/** A worktree, by path and by what `stat` says of it. */
export interface Place {
  readonly path: string
  readonly device: number
  readonly inode: number
}

/** Who uses the places: has its working directory, root, executable or an open file inside. */
export class Users {
  readonly #found: ReadonlyMap<string, Usage>
  readonly #doubt: Unknown | undefined

  constructor(found: ReadonlyMap<string, Usage>, doubt: Unknown | undefined) {
    this.#found = found
    this.#doubt = doubt
  }

  /** Who uses the place of this path; unknown when nobody seen does, and not everybody could be seen. */
  of(path: string): Fact<Usage | null> {
    const usage = this.#found.get(path)
    return usage === undefined ? (this.#doubt ?? known(null)) : known(usage)
  }
}

/**
 * Looks through `/proc` once. Paths are compared as their file systems know them, so that a bind mount
 * and another mount namespace (a container) hide nobody.
 */
export function readUsers(places: readonly Place[]): Users {
  const found = new Map<string, Usage>()
  try {
    const finder = new PlaceFinder(places)
    const hidesFrom = (pid: string): boolean => {
      const view = viewProcess(pid)
      for (const path of finder.find(pid, view)) if (!found.has(path)) found.set(path, nameProcess(pid))
      return view.isHidden && isDoubtful(pid)
    }
    // Looked at twice: one that changes its user hides for a moment, until it starts its command.
    const hidden = listPids().filter(hidesFrom).find(hidesFrom)
    return new Users(found, hidden === undefined ? undefined : cannotSee(hidden))
  } catch {
    const doubt = unknown('PROCESSES_UNREADABLE', 'The list of processes in /proc cannot be read')
    return new Users(found, doubt)
  }
}

const listPids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name))

const cannotSee = (pid: string): Unknown =>
  unknown(
    'PROCESSES_UNREADABLE',
    `This user's ${nameProcess(pid)} hides what it works on, which could be here: end it, or wait for its end`
  )

/** Finds the places that a process is in, for many processes. */
class PlaceFinder {
  readonly #namespace = readlinkSync('/proc/self/ns/mnt')
  readonly #mounts = readMountTable('self')
  readonly #byLocation: ReadonlyMap<string, string>
  readonly #byInode: ReadonlyMap<string, string>
  /** The mounts of other namespaces, as seen from a root in it. */
  readonly #foreign = new Map<string, MountTable>()

  constructor(places: readonly Place[]) {
    this.#byLocation = new Map(places.map(({ path }) => [this.#locateOwn(path), path]))
    this.#byInode = new Map(places.map(({ device, inode, path }) => [inodeId(device, inode), path]))
  }

  find(pid: string, view: ProcessView): string[] {
    const { namespace, paths } = view
    if (namespace === undefined || namespace === this.#namespace) {
      return paths.flatMap((path) => this.#around(this.#locateOwn(path)))
    }
    const root = view.root ?? '/'
    const mounts = this.#mountsOf(pid, `${namespace} ${root}`)
    const found = paths.flatMap((path) => this.#around(locateBelow(mounts, root, path)))
    return found.length > 0 ? found : this.#climb(`/proc/${pid}/cwd`)
  }

  /** In a `chroot` that is no mount point nothing covers a path; here it is its own name all the same. */
  #locateOwn(path: string): string {
    return locate(this.#mounts, path) ?? path
  }

  #mountsOf(pid: string, id: string): MountTable {
    const cached = this.#foreign.get(id)
    if (cached !== undefined) return cached
    try {
      const mounts = readMountTable(pid)
      this.#foreign.set(id, mounts)
      return mounts
    } catch {
      // It ended meanwhile; the next one of its namespace may not.
      return new Map()
    }
  }

  /** The place that something is in, or is. */
  #around(location: string | undefined): string[] {
    if (location === undefined) return []
    for (const at of upwards(location)) {
      const path = this.#byLocation.get(at)
      if (path !== undefined) return [path]
    }
    return []
  }

  /**
   * Follows a working directory upwards by device and inode: no mount table tells where one is that
   * lies outside the process's own root, or on a mount that was taken away under it (`umount -l`).
   */
  #climb(link: string): string[] {
    let at = `${link}/.`
    let last = ''
    for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
      const id = inodeOf(at)
      if (id === undefined || id === last) return []
      const path = this.#byInode.get(id)
      if (path !== undefined) return [path]
      last = id
      at += '/..'
    }
    return []
  }
}

/** Deeper than any path can be, so that the way up ends. */
const MAX_DEPTH = 4096

/** Links are written from the namespace's root, mount points from the process's own. */
function locateBelow(mounts: MountTable, root: string, path: string): string | undefined {
  if (root === '/') return locate(mounts, path)
  if (path === root) return locate(mounts, '/')
  return path.startsWith(`${root}/`) ? locate(mounts, path.slice(root.length)) : undefined
}

const inodeId = (device: number, inode: number): string => `${device}:${inode}`

function inodeOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path)
    return inodeId(dev, ino)
  } catch {
    return undefined
  }
}
