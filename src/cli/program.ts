import { Command, CommanderError } from 'commander'
import { declareCommands, type Invocation } from './commands.ts'

export interface Output {
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
}

/** @param exitCodes the table of exit codes, for `--help` */
export function parseCommandLine(
  argv: readonly string[],
  version: string,
  exitCodes: string,
  output: Output
): Invocation {
  let invocation: Invocation = { kind: 'exit', code: 0 }
  const invoke = (invoked: Invocation) => {
    invocation = invoked
  }
  const program = buildProgram(version, exitCodes, output, invoke)
  try {
    program.parse(argv, { from: 'user' })
    return invocation
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return { kind: 'exit', code: error.exitCode }
  }
}

/** The program with all its commands, which tell what was invoked. */
export function buildProgram(
  version: string,
  exitCodes: string,
  output: Output,
  invoke: (invocation: Invocation) => void
): Command {
  const program = openProgram(version, output)
  const commands = declareCommands(program, invoke)
  for (const command of commands) {
    command
      .helpOption('-h, --help', 'print this help')
      .addHelpText('after', `\n${exitCodes}`)
      .allowExcessArguments(false)
  }
  return program.addHelpText('after', () => `\n${optionsHelp(commands[0])}\n${exitCodes}`)
}

const openProgram = (version: string, output: Output): Command =>
  new Command('claude-hooks-sweep')
    .description(
      'Drops the sessions and removes the git worktrees of claude-hooks whose Forgejo issue or pull request is closed.'
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('Try claude-hooks-sweep --help.')
    .configureOutput({ writeOut: output.stdout, writeErr: output.stderr })
    .exitOverride()

/** The options of the default command, for the program's own help. */
const optionsHelp = (command: Command): string =>
  command.helpInformation().replace(/^[\s\S]*?\nOptions:/, 'Options of sweep:')
