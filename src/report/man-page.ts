import {
  type CommandLine,
  type CommandLineCommand,
  type CommandLineOption,
  optionUsage,
  type Takes
} from '../domain/command-line.ts'

/** The manual page, in `man(7)` macros. It bears no date: the same source makes the same page. */
export function renderManPage(line: CommandLine): string {
  const { name, version, description, options, commands, exitCodes, defaultCommand } = line
  return lines(
    `.TH ${name.toUpperCase()} 1 "" "${roff(`${name} ${version}`)}" "User Commands"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(summaryOf(description))}`,
    '.SH SYNOPSIS',
    ...commands.flatMap((command) => synopsis(name, command, defaultCommand)).slice(1),
    '.SH DESCRIPTION',
    roff(description),
    '.SH OPTIONS',
    ...options.flatMap(describeOption),
    '.SH COMMANDS',
    ...commands.flatMap(describeCommand),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => tagged(code, meaning)),
    '.SH SEE ALSO',
    '.BR systemd.timer (5),',
    '.BR git\\-worktree (1)'
  )
}

const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')

/** A name's line has no capital and no full stop. */
const summaryOf = (description: string): string =>
  `${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`

function synopsis(name: string, command: CommandLineCommand, defaultCommand: string): string[] {
  const own = command.name === defaultCommand ? `[${command.name}]` : command.name
  const usages = command.arguments.map(({ usage }) => usage)
  return ['.br', `.B ${roff(`${name} ${own}`)}`, roff([...usages, '[options]'].join(' '))]
}

function describeCommand(command: CommandLineCommand): string[] {
  return [
    `.SS ${roff(command.name)}`,
    roff(`${command.description}.`),
    ...command.arguments.flatMap(({ usage, description, takes }) =>
      tagged(usage, `${description}${choicesText(takes)}`)
    ),
    ...command.options.flatMap(describeOption)
  ]
}

const describeOption = (option: CommandLineOption): string[] =>
  tagged(optionUsage(option), `${option.description}${choicesText(option.takes)}`)

const choicesText = (takes: Takes): string =>
  takes.kind === 'choices' ? `: ${takes.choices.join(', ')}` : ''

const tagged = (tag: string, text: string): string[] => ['.TP', `.B ${roff(tag)}`, roff(text)]

/** Text that no macro and no escape begins in; hyphens stay those of the keyboard, to be copied. */
const roff = (text: string): string =>
  text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^['.]/, '\\&$&')
