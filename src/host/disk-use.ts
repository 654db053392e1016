import { availableParallelism } from 'node:os'
import type { DiskUse } from '../domain/inventory.ts'

const KILOBYTE = 1024

/**
 * What each of these directories takes on disk, with `du`, as many at a time as there are processors.
 * What lies on another file system is left out.
 *
 * @param interrupted whether to leave the rest out
 * @param measured told after each how many are done
 */
export async function measureDiskUse(
  paths: readonly string[],
  interrupted: () => boolean,
  measured: (done: number) => void
): Promise<Map<string, DiskUse>> {
  const sizes = new Map<string, DiskUse>()
  const waiting = paths.values()
  const work = async () => {
    for (const path of waiting) {
      if (interrupted()) return
      sizes.set(path, await measure(path))
      measured(sizes.size)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return sizes
}

async function measure(path: string): Promise<DiskUse> {
  const { execa } = await import('execa')
  const options = { reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } } as const
  const { exitCode, stdout } = await execa('du', ['-skx', '--', path], options)
  const blocks = /^(\d+)\t/.exec(stdout ?? '')?.[1]
  return { bytes: Number(blocks ?? 0) * KILOBYTE, whole: exitCode === 0 && blocks !== undefined }
}
