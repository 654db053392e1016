import type { CommandLine, CommandLineCommand, CommandLineOption, Takes } from '../domain/command-line.ts'

/** Completion for fish: a line for each command, option and argument. */
export function renderFishCompletion({ name, options, commands, defaultCommand }: CommandLine): string {
  const others = commands.map((command) => command.name).filter((other) => other !== defaultCommand)
  const lineOf = (...parts: string[]) => ['complete', '-c', name, ...parts].join(' ')
  const conditionOf = (command: CommandLineCommand): string =>
    command.name === defaultCommand
      ? `not __fish_seen_subcommand_from ${others.join(' ')}`
      : `__fish_seen_subcommand_from ${command.name}`
  const lines = [
    `# fish completion for ${name}, made from its own help`,
    lineOf('-f'),
    ...options.map((option) => lineOf('-n', '__fish_use_subcommand', ...optionParts(option))),
    ...commands.map((command) =>
      lineOf('-n', '__fish_use_subcommand', '-a', command.name, '-d', quote(command.description))
    ),
    ...commands.flatMap((command) =>
      partsOf(command).map((parts) => lineOf('-n', quote(conditionOf(command)), ...parts))
    )
  ]
  return `${lines.join('\n')}\n`
}

const partsOf = ({ options, arguments: args }: CommandLineCommand): string[][] => [
  ...options.map(optionParts),
  ...args.map(({ takes }) => argumentParts(takes)).filter((parts) => parts.length > 0)
]

function optionParts({ short, long, usage, description, takes }: CommandLineOption): string[] {
  const names = [...(short === null ? [] : ['-s', short.slice(1)]), '-l', long.slice(2)]
  const value = usage === null ? [] : ['-r', ...valueParts(takes)]
  return [...names, ...value, '-d', quote(description)]
}

const argumentParts = (takes: Takes): string[] => (takes.kind === 'anything' ? [] : valueParts(takes))

/** `-F`: files after all, which are off unless asked for. */
function valueParts(takes: Takes): string[] {
  switch (takes.kind) {
    case 'choices':
      return ['-f', '-a', quote(takes.choices.join(' '))]
    case 'files':
      return ['-F']
    case 'directories':
      return ['-f', '-a', quote('(__fish_complete_directories)')]
    case 'anything':
      return ['-f']
  }
}

const quote = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`
