import type { Environment } from '../config/paths.ts'
import { createRedact } from '../report/redact.ts'
import { type Console, openConsole } from './console.ts'
import { everydayFlags } from './everyday-flags.ts'
import { BUG, exitCodeOf } from './exit-codes.ts'
import { sweep } from './sweep.ts'

/**
 * Does what the command line asks for.
 *
 * @param packageRoot the directory of this package
 * @returns the exit code
 */
export async function runCommand(
  argv: readonly string[],
  env: Environment,
  version: string,
  packageRoot: string
): Promise<number> {
  const console = openConsole(env)
  try {
    const flags = everydayFlags(argv)
    if (flags !== undefined) return await sweep(flags, env, console, version)
    const { runParsed } = await import('./run-parsed.ts')
    return await runParsed(argv, env, console, version, packageRoot)
  } catch (error) {
    return tell(error, env, console)
  }
}

const SECRETS = ['FORGEJO_TOKEN', 'FORGEJO_ACCESS_TOKEN', 'SWEEPER_PING_URL']

/** Ends the command with one sentence; only a bug shows its stack. */
function tell(error: unknown, env: Environment, console: Console): number {
  const redact = createRedact(SECRETS.map((name) => env[name] ?? ''))
  const log = console.openLog({ logLevel: 'info', logFormat: 'auto' }, false, redact)
  const code = exitCodeOf(error)
  if (code === BUG) log.fatal({ err: error }, 'This is a bug in claude-hooks-sweep; nothing more was removed')
  else for (const line of String(error instanceof Error ? error.message : error).split('\n')) log.error(line)
  return code
}
