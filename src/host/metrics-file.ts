import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { writeAll } from './durable-file.ts'
import { readRegularFile } from './regular-file.ts'

/** Ours has some kilobytes. */
const MAX_BYTES = 1_000_000

/** What an earlier pass wrote; empty when there is nothing that can be read: then nothing is known of it. */
export function readMetricsFile(path: string): string {
  try {
    return readRegularFile(path, MAX_BYTES).toString('utf8')
  } catch {
    return ''
  }
}

/**
 * Replaces a metrics file whole: node_exporter never reads half of one. It runs as another user, so
 * all may read, whatever the umask.
 */
export function writeMetricsFile(path: string, text: string): void {
  // Not .prom, so that node_exporter passes it by. What a killed pass left is taken away, and others
  // may write to the directory: a link or a pipe put there instead is not followed, but an error.
  const temporary = `${path}.tmp`
  rmSync(temporary, { force: true })
  const file = openSync(temporary, 'wx', 0o600)
  try {
    writeAll(file, Buffer.from(text))
    fchmodSync(file, 0o644)
    fsyncSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
}
