import type { Argument, Command, Option } from 'commander'
import type {
  CommandLine,
  CommandLineArgument,
  CommandLineCommand,
  CommandLineOption,
  Takes
} from '../domain/command-line.ts'
import { exitCodes, exitCodeTable } from './exit-codes.ts'
import { buildProgram } from './program.ts'

/** The one list of commands and options, commander's, as plain data for completion and manual. */
export function describeProgram(version: string): CommandLine {
  const silent = { stdout: () => {}, stderr: () => {} }
  const program = buildProgram(version, exitCodeTable(), silent, () => {})
  const [first] = program.commands
  return {
    name: program.name(),
    version,
    description: program.description(),
    options: optionsOf(program),
    commands: program.commands.map(describeCommand),
    // The default command is declared first.
    defaultCommand: first?.name() ?? '',
    exitCodes: exitCodes()
  }
}

const describeCommand = (command: Command): CommandLineCommand => ({
  name: command.name(),
  description: command.description(),
  arguments: command.registeredArguments.map(describeArgument),
  options: optionsOf(command)
})

/** Those that help shows, `--help` among them. */
const optionsOf = (command: Command): CommandLineOption[] =>
  command.createHelp().visibleOptions(command).map(describeOption)

const describeArgument = (argument: Argument): CommandLineArgument => {
  const usage = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
  return { usage, description: argument.description, takes: takes(usage, argument.argChoices) }
}

function describeOption({ short, long, flags, description, argChoices }: Option): CommandLineOption {
  const usage = /[<[].*$/.exec(flags)?.[0] ?? null
  const kind = takes(usage ?? '', argChoices)
  const isDirectory = kind.kind === 'files' && long?.endsWith('-dir') === true
  const value: Takes = isDirectory ? { kind: 'directories' } : kind
  return { short: short ?? null, long: long ?? '', usage, description, takes: value }
}

/** A value that is called a path is one. */
function takes(usage: string, choices: readonly string[] | undefined): Takes {
  if (choices !== undefined) return { kind: 'choices', choices }
  return { kind: /\bpath\b/.test(usage) ? 'files' : 'anything' }
}
