import { readFileSync } from 'node:fs'

/** What is mounted where: by mount point, the file system's number and its directory that is seen there. */
export type MountTable = ReadonlyMap<string, { readonly device: string; readonly root: string }>

/**
 * Reads a process's `mountinfo` (proc(5)): mount points are below the root of that process.
 * Where mounts are stacked, the last one is seen.
 */
export function readMountTable(pid: string): MountTable {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [, , device, root, point] = line.split(' ')
      if (device === undefined || root === undefined || point === undefined) return []
      return [[unescapeOctal(point), { device, root: unescapeOctal(root) }]]
    })
  )
}

/** Where something is mounted, as this process sees it. */
export const readMountPoints = (): string[] => [...readMountTable('self').keys()]

/** White space and backslashes are written as three octal digits. */
const unescapeOctal = (text: string): string =>
  text.replaceAll(/\\(\d{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** The first mount point at or below a path: a removal would reach into another file system. */
export const mountWithin = (mounts: readonly string[], path: string): string | undefined =>
  mounts.find((point) => point === path || point.startsWith(`${path}/`))

/**
 * A path as its file system knows it, whatever name the mounts give it: `<major>:<minor>/<path>`.
 * Undefined when no mount covers it.
 */
export function locate(mounts: MountTable, path: string): string | undefined {
  for (const point of upwards(path)) {
    const mount = mounts.get(point)
    if (mount !== undefined) return `${mount.device}${withoutSlash(mount.root)}${rest(path, point)}`
  }
  return undefined
}

/** An absolute path and everything above it, up to `/`. */
export function* upwards(path: string): Generator<string> {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) yield at
  yield '/'
}

const withoutSlash = (path: string): string => (path === '/' ? '' : path)

const rest = (path: string, point: string): string =>
  path === '/' ? '' : path.slice(withoutSlash(point).length)
