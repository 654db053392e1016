import { writeSync } from 'node:fs'
import type { Environment } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import { chooseFormat, createLog, type Log } from '../report/log.ts'
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
  /** Whether a result may have colours: stdout may be a terminal when stderr is none. */
  readonly colourResult: boolean
  /** How wide a result may be: no end where stdout is no terminal. */
  readonly resultColumns: number
  readonly openLog: (settings: LogSettings, quiet: boolean, redact: Redact) => Log
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
  const mayColour = !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const colour = isTerminal && mayColour
  const progress = createProgress(stderr)
  return {
    result: (text) => new Promise((resolve) => stdout.write(text, () => resolve())),
    stderr: (text) => void stderr.write(text),
    progress,
    isTerminal,
    columns: stderr.columns || 80,
    colour,
    resultColumns: stdout.isTTY === true ? stdout.columns || 80 : Number.POSITIVE_INFINITY,
    colourResult: stdout.isTTY === true && mayColour,
    openLog({ logLevel, logFormat }, quiet, redact) {
      const format = logFormat === 'auto' ? chooseFormat(isTerminal, env['JOURNAL_STREAM']) : logFormat
      const level = quiet && logLevel !== 'silent' ? 'error' : logLevel
      const write = (line: string) => {
        progress.clear()
        writeToStderr(line)
      }
      return createLog({ level, format, colour, redact }, { write })
    }
  }
}

const STDERR = 2

/** At once, so that no line is lost at the end; a reader that is slow, or gone, ends no pass. */
function writeToStderr(line: string): void {
  const bytes = Buffer.from(line)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(STDERR, bytes, at)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return
    }
  }
}
