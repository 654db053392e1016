import type { Environment } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import type { Logger } from '../report/log.ts'
import { createProgress, type Progress } from '../report/progress.ts'
import type { Redact } from '../report/redact.ts'

/** Where a command's words go: results to stdout, all else to stderr. */
export interface Console {
  /** Resolves once the text is handed over; a reader that went away is no error. */
  readonly result: (text: string) => Promise<void>
  readonly stderr: (text: string) => void
  readonly progress: Progress
  readonly isTerminal: boolean
  readonly columns: number
  readonly colour: boolean
  readonly openLog: (settings: LogSettings, quiet: boolean, redact: Redact) => Promise<Logger>
}

type LogSettings = Pick<Settings, 'logLevel' | 'logFormat'>

/** The console of this process. */
export function openConsole(env: Environment): Console {
  const { stdout, stderr } = process
  // `| head` closes the pipe early.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  const isTerminal = stderr.isTTY === true
  const colour = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const progress = createProgress(stderr)
  return {
    result: (text) => new Promise((resolve) => stdout.write(text, () => resolve())),
    stderr: (text) => void stderr.write(text),
    progress,
    isTerminal,
    columns: stderr.columns ?? 80,
    colour,
    async openLog({ logLevel, logFormat }, quiet, redact) {
      const { chooseFormat, createLog, stderrStream } = await import('../report/log.ts')
      const format = logFormat === 'auto' ? chooseFormat(isTerminal, env['JOURNAL_STREAM']) : logFormat
      const level = quiet && logLevel !== 'silent' ? 'error' : logLevel
      const out = stderrStream()
      const write = (line: string) => {
        progress.clear()
        out.write(line)
      }
      return createLog({ level, format, colour, redact }, { write })
    }
  }
}
