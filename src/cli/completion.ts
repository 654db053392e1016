import type { CommandLine, Shell } from '../domain/command-line.ts'
import { renderBashCompletion } from '../report/completion-bash.ts'
import { renderFishCompletion } from '../report/completion-fish.ts'
import { renderZshCompletion } from '../report/completion-zsh.ts'
import type { Console } from './console.ts'
import { describeProgram } from './describe-program.ts'

/** Each shell's way to say it. */
export const RENDERERS: Readonly<Record<Shell, (line: CommandLine) => string>> = {
  bash: renderBashCompletion,
  zsh: renderZshCompletion,
  fish: renderFishCompletion
}

/** Prints what makes a shell complete this program's command line. @returns the exit code */
export async function completion(shell: Shell, version: string, console: Console): Promise<number> {
  await console.result(RENDERERS[shell](describeProgram(version)))
  return 0
}
