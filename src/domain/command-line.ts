/** The shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The program's command line as its own help tells it. */
export interface CommandLine {
  readonly name: string
  readonly version: string
  readonly description: string
  /** Those of the program itself, which need no command. */
  readonly options: readonly CommandLineOption[]
  readonly commands: readonly CommandLineCommand[]
  /** The command that is meant when none is named. */
  readonly defaultCommand: string
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[]
}

export interface CommandLineCommand {
  readonly name: string
  readonly description: string
  readonly arguments: readonly CommandLineArgument[]
  readonly options: readonly CommandLineOption[]
}

export interface CommandLineArgument {
  /** As help writes it, `<run>` or `[run]`. */
  readonly usage: string
  readonly description: string
  readonly takes: Takes
}

export interface CommandLineOption {
  /** `-n`; null when it has no short form. */
  readonly short: string | null
  /** `--dry-run` */
  readonly long: string
  /** `<path>`; null when it takes no value. */
  readonly usage: string | null
  readonly description: string
  readonly takes: Takes
}

/** What a value can be completed with. */
export type Takes =
  | { readonly kind: 'files' | 'directories' | 'anything' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }

/** `-n, --dry-run`, `--env-file <path>` */
export const optionUsage = ({ short, long, usage }: CommandLineOption): string =>
  `${short === null ? '' : `${short}, `}${long}${usage === null ? '' : ` ${usage}`}`

/** All the ways to write the names of options that take a value. */
export const namesWithValue = (options: readonly CommandLineOption[]): string[] =>
  options.filter(({ usage }) => usage !== null).flatMap(namesOf)

/** `-n` and `--dry-run` */
export const namesOf = ({ short, long }: CommandLineOption): string[] =>
  short === null ? [long] : [short, long]
