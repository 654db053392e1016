import { fstatSync } from 'node:fs'
import pino, { type DestinationStream, type Logger } from 'pino'
import { printable } from './printable.ts'
import type { Redact } from './redact.ts'

export type { Logger } from 'pino'

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

/** This process's stderr, written at once: a log line must not be lost when the process ends. */
export const stderrStream = (): DestinationStream => pino.destination({ dest: STDERR, sync: true })

/** Every line passes through `redact`, whatever part of an error it comes from. */
export async function createLog(
  { level, format, colour, redact }: LogOptions,
  stderr: DestinationStream
): Promise<Logger> {
  const out: DestinationStream = { write: (line) => stderr.write(redact(line)) }
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime }
  if (format === 'json')
    return pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, out)
  if (format === 'journal') return pino(options, { write: (line) => out.write(journalLine(line)) })
  // Only a terminal needs it. The message says what the fields say.
  const { prettyFactory } = await import('pino-pretty')
  const ignore = 'entry,reason,evidence,code,path'
  const render = prettyFactory({ colorize: colour, translateTime: 'SYS:HH:MM:ss', ignore })
  return pino(options, { write: (line) => out.write(render(line) ?? '') })
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
