import { writeSync } from 'node:fs'
import { errnoOf } from '../host/file-error.ts'

const STDOUT = 1

/** Writes a result to stdout, and resolves once it is handed over. A reader that went away is no error. */
export async function writeResult(text: string): Promise<void> {
  const bytes = Buffer.from(text)
  try {
    const written = writeNow(bytes)
    if (written < bytes.length) await writeSlowly(bytes.subarray(written))
  } catch (error) {
    // `| head` closes the pipe early.
    if (errnoOf(error) !== 'EPIPE') throw error
  }
}

/** As much as goes without waiting for a slow reader. Node's own stream would load twenty modules for it. */
function writeNow(bytes: Uint8Array): number {
  let written = 0
  try {
    while (written < bytes.length) written += writeSync(STDOUT, bytes, written)
  } catch (error) {
    if (errnoOf(error) !== 'EAGAIN') throw error
  }
  return written
}

const writeSlowly = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.on('error', reject).write(bytes, () => resolve())
  })
