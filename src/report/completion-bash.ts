import type { CommandLine, CommandLineCommand, CommandLineOption, Takes } from '../domain/command-line.ts'
import { namesOf, namesWithValue } from '../domain/command-line.ts'

/** Completion for bash 4 and later: one function, in which each command has its options, and each option its values. */
export function renderBashCompletion(line: CommandLine): string {
  const { name, commands } = line
  return `# bash completion for ${name}, made from its own help
_${identifier(name)}() {
${renderWords(line)}
  case $command,$prev in
${commands.flatMap(valueCases).join('\n')}
  esac
  if (( COMP_CWORD == 1 )); then
    ${complete({ kind: 'choices', choices: firstWords(line) })}
    return
  fi
  case $command,$cur in
${commands.map(optionCase).join('\n')}
  esac
  case $command in
${commands.map(argumentCase).join('\n')}
  esac
}
complete -F _${identifier(name)} ${name}
`
}

/** Finds the word at hand, the one before it, and the command that they belong to. */
const renderWords = ({ commands, defaultCommand }: CommandLine): string =>
  `  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} command=${defaultCommand}
  COMPREPLY=()
  # Bash takes --option=value for three words.
  if [[ $cur == '=' ]]; then
    cur=
  elif [[ $prev == '=' ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if (( COMP_CWORD > 1 )); then
    case \${COMP_WORDS[1]} in
      ${commands.map(({ name }) => name).join('|')}) command=\${COMP_WORDS[1]} ;;
    esac
  fi`

/** Commands, the program's own options, and those of the command that need not be named. */
function firstWords({ commands, options, defaultCommand }: CommandLine): string[] {
  const names = commands.map(({ name }) => name)
  const start = commands.find(({ name }) => name === defaultCommand)?.options ?? []
  return [...names, ...new Set([...options, ...start].flatMap(namesOf))]
}

const identifier = (name: string): string => name.replaceAll('-', '_')

/** A line for each option of a command that takes a value. */
function valueCases({ name, options }: CommandLineCommand): string[] {
  const withValue = options.filter(({ usage }) => usage !== null)
  return withValue.map((option) => `    ${patterns(name, option)}) ${complete(option.takes)}; return ;;`)
}

const patterns = (command: string, option: CommandLineOption): string =>
  namesWithValue([option])
    .map((name) => `${command},${name}`)
    .join('|')

function optionCase({ name, options }: CommandLineCommand): string {
  const choices = options.flatMap(namesOf)
  return `    ${name},-*) ${complete({ kind: 'choices', choices })}; return ;;`
}

/** A command without arguments is offered its options at once. */
function argumentCase({ name, arguments: [argument], options }: CommandLineCommand): string {
  const takes: Takes = argument?.takes ?? { kind: 'choices', choices: options.flatMap(namesOf) }
  return `    ${name}) ${complete(takes)} ;;`
}

/** What puts the words that begin like the one at hand into the answer. */
function complete(takes: Takes): string {
  switch (takes.kind) {
    case 'choices':
      return `mapfile -t COMPREPLY < <(compgen -W '${takes.choices.join(' ')}' -- "$cur")`
    case 'files':
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
    case 'directories':
      return 'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur")'
    case 'anything':
      return ':'
  }
}
