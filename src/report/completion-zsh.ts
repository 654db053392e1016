import type { CommandLine, CommandLineCommand, CommandLineOption, Takes } from '../domain/command-line.ts'

/** Completion for zsh, to be sourced or to be found in `fpath` as `_<name>`. */
export function renderZshCompletion({ name, options, commands, defaultCommand }: CommandLine): string {
  const names = commands.map((command) => command.name)
  const described = commands.map((command) => `    ${quote(`${command.name}:${command.description}`)}`)
  return `#compdef ${name}
# zsh completion for ${name}, made from its own help

_${name}() {
  local command=${defaultCommand}
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    return
  fi
  case $words[2] in
    ${names.join('|')})
      command=$words[2]
      shift words
      (( CURRENT -= 1 ))
      ;;
    *) (( CURRENT == 2 )) && _arguments -s : ${options.map(optionSpec).join(' ')} ;;
  esac
  case $command in
${commands.map(commandCase).join('\n')}
  esac
}

if [[ \${funcstack[1]} == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`
}

function commandCase({ name, arguments: args, options }: CommandLineCommand): string {
  const positions = args.map(({ usage, takes }, index) => {
    const optional = usage.startsWith('[') ? ':' : ''
    return quote(`${index + 1}:${optional}${escapeSpec(usage)}:${action(takes)}`)
  })
  const specs = [...options.map(optionSpec), ...positions]
  return `    ${name})\n      _arguments -s : \\\n        ${specs.join(' \\\n        ')}\n      ;;`
}

/** `'(-n --dry-run)'{-n,--dry-run}'[what it does]'`; one form excludes the other. */
function optionSpec({ short, long, usage, description, takes }: CommandLineOption): string {
  const value = usage === null ? '' : `:${escapeSpec(usage)}:${action(takes)}`
  const rest = quote(`[${escapeSpec(description)}]${value}`)
  const written = usage === null ? long : `${long}=`
  return short === null ? `${written}${rest}` : `${quote(`(${short} ${long})`)}{${short},${written}}${rest}`
}

function action(takes: Takes): string {
  switch (takes.kind) {
    case 'choices':
      return `(${takes.choices.join(' ')})`
    case 'files':
      return '_files'
    case 'directories':
      return '_files -/'
    case 'anything':
      return ' '
  }
}

const escapeSpec = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&')

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
