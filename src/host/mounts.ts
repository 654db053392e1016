import { readFileSync } from 'node:fs'

/** A mount as one mount namespace sees it. */
interface Mount {
  /** `major:minor` of the file system. */
  readonly device: string
  /** The directory of the file system that is mounted. */
  readonly root: string
  readonly point: string
}

/** Where something is mounted, as this process sees it (`/proc/self/mountinfo`). */
export const readMountPoints = (): string[] => readMounts('self').map(({ point }) => point)

/** @param pid whose mount namespace; or `self` */
export function readMounts(pid: string): Mount[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n')
  return lines.flatMap((line) => {
    const [, , device, root, point] = line.split(' ')
    if (device === undefined || root === undefined || point === undefined) return []
    return [{ device, root: unescapeOctal(root), point: unescapeOctal(point) }]
  })
}

/**
 * A path as its file system knows it, whatever namespace names it: `<major:minor><path inside>`;
 * undefined when no mount of the namespace covers it.
 */
export function placeOnDevice(mounts: readonly Mount[], path: string): string | undefined {
  let best: Mount | undefined
  for (const mount of mounts) {
    // Of two at the same place the later one covers the other.
    if (isBelow(path, mount.point) && mount.point.length >= (best?.point.length ?? 0)) best = mount
  }
  if (best === undefined) return undefined
  const rest = path.slice(best.point === '/' ? 0 : best.point.length)
  return `${best.device}${best.root === '/' ? '' : best.root}${rest === '/' ? '' : rest}`
}

const isBelow = (path: string, point: string): boolean =>
  point === '/' || path === point || path.startsWith(`${point}/`)

/** White space and backslashes are written as three octal digits. */
const unescapeOctal = (text: string): string =>
  text.replaceAll(/\\(\d{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** The first mount point at or below a path: a removal would reach into another file system. */
export const mountWithin = (mounts: readonly string[], path: string): string | undefined =>
  mounts.find((point) => point === path || point.startsWith(`${path}/`))
