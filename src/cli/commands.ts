import { Argument, type Command, Option } from 'commander'
import { LOG_FORMATS, LOG_LEVELS } from '../config/settings.ts'
import type { Flags } from '../config/sources.ts'
import { SHELLS, type Shell } from '../domain/command-line.ts'

/** What the command line asks for: a command, or an exit without one (help, version, wrong usage). */
export type Invocation =
  | { readonly kind: 'sweep'; readonly flags: Flags }
  | { readonly kind: 'explain'; readonly name: string; readonly flags: Flags }
  | { readonly kind: 'history'; readonly run: string | undefined; readonly flags: Flags }
  | { readonly kind: 'undo'; readonly run: string; readonly flags: Flags }
  | { readonly kind: 'status'; readonly flags: Flags }
  | { readonly kind: 'install'; readonly flags: Flags }
  | { readonly kind: 'uninstall'; readonly flags: Flags }
  | { readonly kind: 'doctor'; readonly flags: Flags }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | { readonly kind: 'exit'; readonly code: number }

/** Adds all commands to the program, the default one first. */
export function declareCommands(
  program: Command,
  invoke: (invocation: Invocation) => void
): readonly [Command, ...Command[]] {
  return [
    withSettings(declareSweep(program, invoke)),
    withSettings(declareExplain(program, invoke)),
    withLocalSettings(declareStatus(program, invoke)),
    withLocalSettings(declareHistory(program, invoke)),
    withLocalSettings(declareUndo(program, invoke)),
    withSettings(declareDoctor(program, invoke)),
    declareInstall(program, invoke),
    declareUninstall(program, invoke),
    declareCompletion(program, invoke)
  ]
}

/** Adds a command to the program; parsing tells what was invoked. */
type Declare = (program: Command, invoke: (invocation: Invocation) => void) => Command

const declareSweep: Declare = (program, invoke) =>
  program
    .command('sweep', { isDefault: true })
    .description('one pass (the default command)')
    .option('-n, --dry-run', 'decide and report, change nothing on disk')
    .option('--retry-failed', 'try removals that failed at once, also those given up')
    .option('--json', 'print the report as one JSON document instead of the summary line')
    .action((flags: Flags) => invoke({ kind: 'sweep', flags }))

const declareExplain: Declare = (program, invoke) =>
  program
    .command('explain')
    .description('why one session or worktree goes or stays: every rule, and what it saw; changes nothing')
    .argument(
      '<key|path>',
      "a session's key, a worktree's or cache clone's path, or <agent>/<directory name>"
    )
    .option('--json', 'print the rules as one JSON document')
    .action((name: string, flags: Flags) => invoke({ kind: 'explain', name, flags }))

const declareHistory: Declare = (program, invoke) =>
  program
    .command('history')
    .description('the passes that changed something; of one, all that it changed')
    .argument('[run]', "a run's id, or a beginning that no other has")
    .option('--json', 'print it as one JSON document')
    .action((run: string | undefined, flags: Flags) => invoke({ kind: 'history', run, flags }))

const declareStatus: Declare = (program, invoke) =>
  program
    .command('status')
    .description('what is on disk, by agent and repo, with ages and sizes; asks nobody, changes nothing')
    .option('--json', 'print it as one JSON document')
    .action((flags: Flags) => invoke({ kind: 'status', flags }))

const declareUndo: Declare = (program, invoke) =>
  program
    .command('undo')
    .description('bring back what a pass removed, where nothing newer stands in its place')
    .argument('<run>', "the pass's id, or a beginning that no other has")
    .option('--only <key|path>', 'this session, worktree or cache clone alone')
    .action((run: string, flags: Flags) => invoke({ kind: 'undo', run, flags }))

const declareInstall: Declare = (program, invoke) =>
  withScope(
    program
      .command('install')
      .description(
        'write the systemd service and timer, and a settings file where there is none; start the timer'
      )
      .option('--run-as <user>', 'with --system: the user that runs claude-hooks (default: claude-hooks)')
      .option(
        '--every <hours>',
        'how far apart passes are: 6h, 1d (setting SWEEPER_INTERVAL_HOURS, default: 6h)'
      )
      .option('--print', 'print what would be written, change nothing')
      .action((flags: Flags) => invoke({ kind: 'install', flags }))
  )

const declareUninstall: Declare = (program, invoke) =>
  withScope(
    program
      .command('uninstall')
      .description('stop the timer and remove both; settings and state stay')
      .option('--print', 'print what would be removed, change nothing')
      .action((flags: Flags) => invoke({ kind: 'uninstall', flags }))
  )

/** Which systemd it is about. */
const withScope = (command: Command): Command =>
  command
    .addOption(
      new Option('--user', 'the systemd of this user (default, unless you are root)').conflicts('system')
    )
    .option('--system', 'the systemd of the machine (default for root)')
const declareDoctor: Declare = (program, invoke) =>
  program
    .command('doctor')
    .description('what a pass needs, and whether it is in order, with what to do; changes nothing')
    .option('--json', 'print the checks as one JSON document')
    .action((flags: Flags) => invoke({ kind: 'doctor', flags }))

const declareCompletion: Declare = (program, invoke) =>
  program
    .command('completion')
    .description('print what makes a shell complete the commands and options of this program')
    .addArgument(new Argument('<shell>', 'whose completion').choices(SHELLS))
    .action((shell: Shell) => invoke({ kind: 'completion', shell }))

/** The options of every command that asks Forgejo. */
const withSettings = (command: Command): Command =>
  withLocalSettings(
    command
      .option('--forgejo-url <url>', "Forgejo's base URL (setting FORGEJO_URL)")
      .option('--max-age-days <days>', 'drop older sessions whatever Forgejo says (default: 30)')
  )

/** The options of every command that needs the settings. */
const withLocalSettings = (command: Command): Command =>
  command
    .option('--env-file <path>', 'read settings from this file')
    .option('--state-dir <path>', "the directory of sessions.json (default: claude-hooks' own)")
    .option('--cache-dir <path>', "the directory of repos and worktrees (default: claude-hooks' own)")
    .addOption(withChoices(new Option('--log-level <level>', 'what is logged (default: info)'), LOG_LEVELS))
    .addOption(
      withChoices(new Option('--log-format <format>', 'how it is logged (default: auto)'), LOG_FORMATS)
    )
    .option('-q, --quiet', 'only errors on stderr')

/** Tells the choices without checking them: a wrong value is a wrong setting, whoever set it. */
function withChoices(option: Option, choices: readonly string[]): Option {
  option.argChoices = [...choices]
  return option
}
