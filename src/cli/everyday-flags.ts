import type { Flags } from '../config/sources.ts'

/**
 * The flags of a plain pass, as the timer and most people call it: `[sweep] [--env-file <path>]`. Such a
 * call needs no parser.
 *
 * @returns undefined for any other command line
 */
export function everydayFlags(argv: readonly string[]): Flags | undefined {
  const [option, envFile, ...more] = argv[0] === 'sweep' ? argv.slice(1) : argv
  if (option === undefined) return {}
  if (option !== '--env-file' || envFile === undefined || more.length > 0) return undefined
  return /^[^-]/.test(envFile) ? { envFile } : undefined
}
