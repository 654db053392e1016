import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Everything below a path: type, mode, mtime in nanoseconds and content of each entry, by its name. */
export function snapshot(path: string): Record<string, string> {
  const entries: Record<string, string> = {}
  for (const name of ['', ...readdirSync(path, { recursive: true, encoding: 'utf8' })].sort()) {
    const at = join(path, name)
    const { mode, mtimeNs } = lstatSync(at, { bigint: true })
    entries[name] = `${mode.toString(8)} ${mtimeNs} ${contentOf(at)}`
  }
  return entries
}

function contentOf(path: string): string {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) return readlinkSync(path)
  return stats.isFile() ? createHash('sha1').update(readFileSync(path)).digest('hex') : ''
}
