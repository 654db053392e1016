import { readFileSync } from 'node:fs'
import { openConsole } from './cli/console.ts'
import { BUG, exitCodeOf, exitCodeTable, USAGE } from './cli/exit-codes.ts'
import type { Environment } from './config/paths.ts'

/**
 * The whole program.
 *
 * @param argv the arguments, without node and script
 * @returns the exit code
 */
export async function main(argv: readonly string[], env: Environment): Promise<number> {
  const version = readVersion()
  const console = openConsole(env)
  // Asked for by scripts, often: not worth loading the parser for.
  if (argv.length === 1 && /^(?:-V|--version)$/.test(argv[0] ?? '')) {
    await console.result(`${version}\n`)
    return 0
  }
  // Loaded side by side: most calls are a pass.
  const [{ parseCommandLine }, { sweep }] = await Promise.all([
    import('./cli/program.ts'),
    import('./cli/sweep.ts')
  ])
  const output = { stdout: (text: string) => void console.result(text), stderr: console.stderr }
  const invocation = parseCommandLine(argv, version, exitCodeTable(), output)
  if (invocation.kind === 'exit') return invocation.code === 0 ? 0 : USAGE
  try {
    return await sweep(invocation.flags, env, console, version)
  } catch (error) {
    return explain(error, env, console)
  }
}

/** Ends the pass with one sentence; only a bug shows its stack. */
async function explain(
  error: unknown,
  env: Environment,
  console: ReturnType<typeof openConsole>
): Promise<number> {
  const { createRedact } = await import('./report/redact.ts')
  const redact = createRedact([env['FORGEJO_TOKEN'] ?? '', env['FORGEJO_ACCESS_TOKEN'] ?? ''])
  const log = console.openLog({ logLevel: 'info', logFormat: 'auto' }, false, redact)
  const code = exitCodeOf(error)
  if (code === BUG) log.fatal({ err: error }, 'This is a bug in claude-hooks-sweep; nothing more was removed')
  else for (const line of String(error instanceof Error ? error.message : error).split('\n')) log.error(line)
  return code
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return String(manifest.version)
}
