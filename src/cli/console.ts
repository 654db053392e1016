import { fstatSync, statSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Environment } from '../config/paths.ts'
import type { Settings } from '../config/settings.ts'
import { chooseFormat, createLog, type Log } from '../report/log.ts'
import { createProgress, type Progress } from '../report/progress.ts'
import type { Redact } from '../report/redact.ts'
import { writeResult } from './write-result.ts'

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

/** The console of this process. Node's own streams, which load twenty modules, are left to terminals. */
export function openConsole(env: Environment): Console {
  const stdoutIsTerminal = isTerminal(STDOUT)
  const stderrIsTerminal = isTerminal(STDERR)
  const mayColour = !env['NO_COLOR'] && env['TERM'] !== 'dumb'
  const colour = stderrIsTerminal && mayColour
  const progress = createProgress(stderrIsTerminal ? process.stderr : { write: writeToStderr })
  return {
    result: writeResult,
    stderr: writeToStderr,
    progress,
    isTerminal: stderrIsTerminal,
    columns: (stderrIsTerminal && process.stderr.columns) || 80,
    colour,
    resultColumns: stdoutIsTerminal ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY,
    colourResult: stdoutIsTerminal && mayColour,
    openLog({ logLevel, logFormat }, quiet, redact) {
      const format = logFormat === 'auto' ? chooseFormat(stderrIsTerminal, env['JOURNAL_STREAM']) : logFormat
      const level = quiet && logLevel !== 'silent' ? 'error' : logLevel
      const write = (line: string) => {
        progress.clear()
        writeToStderr(line)
      }
      return createLog({ level, format, colour, redact }, { write })
    }
  }
}

const STDOUT = 1
const STDERR = 2

/** Whether it is a terminal. Only what may be one is worth loading the module that knows. */
function isTerminal(file: number): boolean {
  const stats = fstatSync(file)
  if (!stats.isCharacterDevice()) return false
  if (stats.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev) return false
  const { isatty }: typeof import('node:tty') = load('node:tty')
  return isatty(file)
}

const load = createRequire(import.meta.filename)

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
