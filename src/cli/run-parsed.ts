import type { Environment } from '../config/paths.ts'
import type { Invocation } from './commands.ts'
import { completion } from './completion.ts'
import type { Console } from './console.ts'
import { doctor } from './doctor.ts'
import { exitCodeTable, USAGE } from './exit-codes.ts'
import { explain } from './explain.ts'
import { history } from './history.ts'
import { install } from './install.ts'
import { parseCommandLine } from './program.ts'
import { status } from './status.ts'
import { sweep } from './sweep.ts'
import { undo } from './undo.ts'
import { uninstall } from './uninstall.ts'

/**
 * Parses a command line and does what it asks for. Loaded by itself: the parser and all commands take
 * longer to load than a pass without work takes.
 *
 * @param packageRoot the directory of this package
 * @returns the exit code
 */
export async function runParsed(
  argv: readonly string[],
  env: Environment,
  console: Console,
  version: string,
  packageRoot: string
): Promise<number> {
  let help = ''
  const keep = (text: string) => {
    help += text
  }
  const output = { stdout: keep, stderr: console.stderr }
  const invocation = parseCommandLine(argv, version, exitCodeTable(), output)
  if (help !== '') await console.result(help)
  return run(invocation, env, console, version, packageRoot)
}

async function run(
  invocation: Invocation,
  env: Environment,
  console: Console,
  version: string,
  packageRoot: string
): Promise<number> {
  switch (invocation.kind) {
    case 'exit':
      return invocation.code === 0 ? 0 : USAGE
    case 'sweep':
      return sweep(invocation.flags, env, console, version)
    case 'explain':
      return explain(invocation.name, invocation.flags, env, console)
    case 'status':
      return status(invocation.flags, env, console)
    case 'history':
      return history(invocation.run, invocation.flags, env, console)
    case 'undo':
      return undo(invocation.run, invocation.flags, env, console)
    case 'install':
      return install(invocation.flags, env, console, packageRoot)
    case 'uninstall':
      return uninstall(invocation.flags, env, console)
    case 'doctor':
      return doctor(invocation.flags, env, console)
    case 'completion':
      return completion(invocation.shell, version, console)
  }
}
