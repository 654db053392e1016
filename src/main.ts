import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Invocation } from './cli/commands.ts'
import { type Console, openConsole } from './cli/console.ts'
import { BUG, exitCodeOf, exitCodeTable, USAGE } from './cli/exit-codes.ts'
import type { Environment } from './config/paths.ts'

/** The directory of this package, two above the bundle. */
const PACKAGE = fileURLToPath(new URL('../../', import.meta.url))

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
  const parsing = import('./cli/program.ts')
  // Loaded side by side: most calls are a pass.
  if (/^(?:-|sweep$|$)/.test(argv[0] ?? '')) await Promise.all([parsing, import('./cli/sweep.ts')])
  const { parseCommandLine } = await parsing
  const output = { stdout: (text: string) => void console.result(text), stderr: console.stderr }
  const invocation = parseCommandLine(argv, version, exitCodeTable(), output)
  try {
    return await run(invocation, env, console, version)
  } catch (error) {
    return tell(error, env, console)
  }
}

/** Each command's modules are loaded when it is the one. */
async function run(
  invocation: Invocation,
  env: Environment,
  console: Console,
  version: string
): Promise<number> {
  switch (invocation.kind) {
    case 'exit':
      return invocation.code === 0 ? 0 : USAGE
    case 'sweep': {
      const { sweep } = await import('./cli/sweep.ts')
      return sweep(invocation.flags, env, console, version)
    }
    case 'explain': {
      const { explain } = await import('./cli/explain.ts')
      return explain(invocation.name, invocation.flags, env, console)
    }
    case 'status': {
      const { status } = await import('./cli/status.ts')
      return status(invocation.flags, env, console)
    }
    case 'history': {
      const { history } = await import('./cli/history.ts')
      return history(invocation.run, invocation.flags, env, console)
    }
    case 'undo': {
      const { undo } = await import('./cli/undo.ts')
      return undo(invocation.run, invocation.flags, env, console)
    }
    case 'install': {
      const { install } = await import('./cli/install.ts')
      return install(invocation.flags, env, console, PACKAGE)
    }
    case 'uninstall': {
      const { uninstall } = await import('./cli/uninstall.ts')
      return uninstall(invocation.flags, env, console)
    }
    case 'doctor': {
      const { doctor } = await import('./cli/doctor.ts')
      return doctor(invocation.flags, env, console)
    }
    case 'completion': {
      const { completion } = await import('./cli/completion.ts')
      return completion(invocation.shell, version, console)
    }
  }
}

const SECRETS = ['FORGEJO_TOKEN', 'FORGEJO_ACCESS_TOKEN', 'SWEEPER_PING_URL']

/** Ends the command with one sentence; only a bug shows its stack. */
async function tell(error: unknown, env: Environment, console: Console): Promise<number> {
  const { createRedact } = await import('./report/redact.ts')
  const redact = createRedact(SECRETS.map((name) => env[name] ?? ''))
  const log = console.openLog({ logLevel: 'info', logFormat: 'auto' }, false, redact)
  const code = exitCodeOf(error)
  if (code === BUG) log.fatal({ err: error }, 'This is a bug in claude-hooks-sweep; nothing more was removed')
  else for (const line of String(error instanceof Error ? error.message : error).split('\n')) log.error(line)
  return code
}

function readVersion(): string {
  const manifest = JSON.parse(readFileSync(`${PACKAGE}package.json`, 'utf8'))
  return String(manifest.version)
}
