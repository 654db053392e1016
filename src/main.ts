import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeResult } from './cli/write-result.ts'
import type { Environment } from './config/paths.ts'

/** The directory of this package, two above the bundle. */
const PACKAGE = join(import.meta.dirname, '../..')

/**
 * The whole program.
 *
 * @param argv the arguments, without node and script
 * @returns the exit code
 */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  const version = readVersion()
  // Asked for by scripts, often: not worth loading the program for.
  if (argv.length === 1 && /^(?:-V|--version)$/.test(argv[0] ?? '')) {
    await writeResult(`${version}\n`)
    return 0
  }
  const { runCommand } = await import('./cli/run-command.ts')
  return runCommand(argv, env, version, PACKAGE)
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
  return String(manifest.version)
}
