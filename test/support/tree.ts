import { createHash } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Everything below a path: type, mode, mtime in nanoseconds and content of each entry, by its name. */
export const snapshot = (path: string): Record<string, string> => describeAll(path, true)

/** The same without the times: what is brought back has times of its own. */
export const contents = (path: string): Record<string, string> => describeAll(path, false)

function describeAll(path: string, withTimes: boolean): Record<string, string> {
  const entries: Record<string, string> = {}
  for (const name of ['', ...namesBelow(path)].sort()) {
    const at = Buffer.concat([Buffer.from(`${path}/`), Buffer.from(name, 'latin1')])
    const { mode, mtimeNs } = lstatSync(at, { bigint: true })
    entries[name] = `${mode.toString(8)} ${withTimes ? mtimeNs : ''} ${contentOf(at)}`
  }
  return entries
}

/** Relative paths in bytes as latin1: not every name is UTF-8. */
function namesBelow(path: string): string[] {
  const names: string[] = []
  const waiting = ['']
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const directory = Buffer.concat([Buffer.from(`${path}/`), Buffer.from(at, 'latin1')])
    for (const entry of readdirSync(directory, { withFileTypes: true, encoding: 'buffer' })) {
      const name = join(at, (entry.name as unknown as Buffer).toString('latin1'))
      names.push(name)
      if (entry.isDirectory()) waiting.push(name)
    }
  }
  return names
}

function contentOf(path: Buffer): string {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) return readlinkSync(path)
  return stats.isFile() ? createHash('sha1').update(readFileSync(path)).digest('hex') : ''
}
