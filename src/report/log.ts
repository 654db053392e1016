import { fstatSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { DestinationStream, LogFn, Logger } from 'pino'
import { printable } from './printable.ts'
import type { Redact } from './redact.ts'

export type LogFormat = 'pretty' | 'journal' | 'json'

const STDERR = 2

/**
 * Pretty on a terminal, `<level>` lines when stderr is the journal, else JSON lines.
 *
 * @param journalStream systemd's `JOURNAL_STREAM`: device and inode of the journal's socket, which
 * is inherited by processes whose stderr is something else
 */
export function chooseFormat(
  isTerminal: boolean,
  journalStream: string | undefined,
  stderr: { dev: number; ino: number } = fstatSync(STDERR)
): LogFormat {
  if (isTerminal) return 'pretty'
  return journalStream === `${stderr.dev}:${stderr.ino}` ? 'journal' : 'json'
}

export interface LogOptions {
  readonly level: string
  readonly format: LogFormat
  readonly colour: boolean
  readonly redact: Redact
}

/** What the program logs with: pino's own methods, made when the first line is due. */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/**
 * A log of which every line passes through `redact`, whatever part of an error it comes from. A pass
 * that has nothing to say never loads pino, which takes as long as the pass itself.
 */
export function createLog(options: LogOptions, stderr: DestinationStream): Log {
  let logger: Logger | undefined
  const least = LEVELS.indexOf(options.level)
  const method = (level: keyof Log): LogFn =>
    function log(...args: Parameters<LogFn>) {
      if (LEVELS.indexOf(level) < least) return
      logger ??= openLogger(options, stderr)
      logger[level](...args)
    }
  return withMethods(method)
}

const withMethods = (method: (level: keyof Log) => LogFn): Log => ({
  debug: method('debug'),
  info: method('info'),
  warn: method('warn'),
  error: method('error'),
  fatal: method('fatal')
})

/** The same log, each line with these fields as well. */
export function withFields(log: Log, fields: Readonly<Record<string, unknown>>): Log {
  const method = (level: keyof Log): LogFn =>
    function logWithFields(first: unknown, ...rest: unknown[]) {
      if (typeof first === 'object') log[level]({ ...fields, ...first }, ...(rest as []))
      else log[level](fields, ...([first, ...rest] as [string]))
    }
  return withMethods(method)
}

const load = createRequire(import.meta.filename)

function openLogger({ level, format, colour, redact }: LogOptions, stderr: DestinationStream): Logger {
  const pino: typeof import('pino').pino = load('pino')
  const out: DestinationStream = { write: (line) => stderr.write(redact(line)) }
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (format === 'json') {
    return pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, out)
  }
  const render = format === 'journal' ? journalLine : prettyLine(colour)
  return pino(options, { write: (line) => out.write(render(line)) })
}

/** The message says what the fields say; an error's stack follows it. */
function prettyLine(colour: boolean): (line: string) => string {
  const { prettyFactory }: typeof import('pino-pretty') = load('pino-pretty')
  const render = prettyFactory({
    colorize: colour,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'run,entry,reason,evidence,code,path',
    // A branch or a path can hold what moves a terminal's cursor.
    messageFormat: (log, key) => printable(String(log[key]))
  })
  return (line) => render(line) ?? ''
}

/** pino's levels as the journal's priorities. */
const PRIORITIES: readonly (readonly [number, number])[] = [
  [50, 3],
  [40, 4],
  [30, 6]
]

/** One line for the journal: priority, message, and the fields behind it. */
function journalLine(json: string): string {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>
  const priority = PRIORITIES.find(([least]) => Number(level) >= least)?.[1] ?? 7
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `<${priority}>${printable([msg, ...pairs].join(' '))}\n`
}
