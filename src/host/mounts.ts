import { readFileSync } from 'node:fs'

/** Where something is mounted, as this process sees it (`/proc/self/mountinfo`). */
export function readMountPoints(): string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
  return lines.flatMap((line) => {
    const point = line.split(' ')[4]
    return point === undefined ? [] : [unescapeOctal(point)]
  })
}

/** White space and backslashes are written as three octal digits. */
const unescapeOctal = (text: string): string =>
  text.replaceAll(/\\(\d{3})/g, (_match, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** The first mount point at or below a path: a removal would reach into another file system. */
export const mountWithin = (mounts: readonly string[], path: string): string | undefined =>
  mounts.find((point) => point === path || point.startsWith(`${path}/`))
