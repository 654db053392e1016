import { isAbsolute, resolve } from 'node:path'
import {
  HEARTBEAT_PATTERN,
  type HeartbeatPattern,
  parseHeartbeatPattern
} from '../domain/heartbeat-pattern.ts'
import { PATH_GLOBS, type PathGlob, parsePathGlob } from '../domain/path-glob.ts'
import { type ProtectPattern, parseProtectPattern } from '../domain/protect.ts'

/** A setting's text → its value, or what was expected instead, as the end of a sentence. */
export type Parser<T> = (text: string) => Parsed<T>
type Parsed<T> = { readonly value: T } | { readonly expected: string }

export const integer =
  (least: number, most: number): Parser<number> =>
  (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return { value }
    return { expected: `a whole number from ${least} to ${most}` }
  }

export const oneOf =
  <T extends string>(...choices: readonly T[]): Parser<T> =>
  (text) => {
    const value = choices.find((choice) => choice === text)
    return value === undefined ? { expected: `one of ${choices.join(', ')}` } : { value }
  }

/** `~` is the shell's business: systemd and env files pass it on as it stands. */
export const absolutePath: Parser<string> = (text) =>
  isAbsolute(text) ? { value: resolve(text) } : { expected: 'an absolute path' }

export const baseUrl: Parser<URL> = (text) => {
  const expected = 'a base URL such as https://forgejo.example/ (a sub-path is allowed)'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return { expected }
  if (url.username !== '' || url.password !== '') {
    return { expected: 'a base URL without user name and password; the token has its own setting' }
  }
  if (url.search !== '' || url.hash !== '') return { expected: 'a base URL without ? and #' }
  if (/\/api(?:\/v1)?\/*$/.test(url.pathname)) return { expected: 'the base URL, without /api/v1' }
  return { value: url }
}

/** Nothing, or the base URL of the service itself. */
export const serviceUrl: Parser<URL | null> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (text === '') return { value: null }
  if (url !== undefined && isPlain && /^https?:$/.test(url.protocol)) return { value: url }
  return { expected: "the service's base URL such as http://127.0.0.1:8080/, without user name and password" }
}

/** Nothing, or where node_exporter finds metrics: it reads files of this ending alone. */
export const metricsFile: Parser<string | null> = (text) => {
  if (text === '') return { value: null }
  const path = resolve(text)
  if (isAbsolute(text) && path.endsWith('.prom')) return { value: path }
  return { expected: 'an absolute path that ends in .prom' }
}

/** Nothing, or the URL of a check. Its query is kept; its path is what others must not know. */
export const pingUrl: Parser<URL | null> = (text) => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.username === '' && url.password === '' && url.hash === ''
  if (text === '') return { value: null }
  if (url !== undefined && isPlain && /^https?:$/.test(url.protocol)) return { value: url }
  return { expected: 'a URL such as https://hc-ping.com/<uuid>, without user name, password and #' }
}

/** What an HTTP header can carry; anything else would be refused, or cut the header short. */
export const token: Parser<string> = (text) =>
  /^[\x21-\x7e]+$/.test(text) ? { value: text } : { expected: 'one token, without white space' }

/** Nothing, or an absolute path. */
export const optionalPath: Parser<string | null> = (text) =>
  text === '' ? { value: null } : absolutePath(text)

/** Comma-separated patterns of directories; none where nothing is written. */
export const pathGlobs: Parser<readonly PathGlob[]> = (text) => {
  const globs = partsOf(text).map(parsePathGlob)
  const readable = globs.filter((glob) => glob !== undefined)
  return readable.length === globs.length ? { value: readable } : { expected: PATH_GLOBS }
}

/** Nothing, or where each session's heartbeat is. */
export const heartbeatPattern: Parser<HeartbeatPattern | null> = (text) => {
  if (text === '') return { value: null }
  const value = parseHeartbeatPattern(text)
  return value === undefined ? { expected: HEARTBEAT_PATTERN } : { value }
}

/** All that lies below goes by its age alone: such a directory has to be called by its name. */
export const logGlobs: Parser<readonly PathGlob[]> = (text) => {
  const parsed = pathGlobs(text)
  if ('expected' in parsed || parsed.value.every(({ names }) => names.at(-1)?.literal !== null)) return parsed
  return { expected: `${PATH_GLOBS}, and that end in a name without them, such as /srv/groups/*/logs` }
}

const partsOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

export const protectPatterns: Parser<readonly ProtectPattern[]> = (text) => {
  const patterns = partsOf(text).map(parseProtectPattern)
  const readable = patterns.filter((pattern) => pattern !== undefined)
  if (readable.length === patterns.length) return { value: readable }
  return { expected: 'patterns of keys or repos, such as boss:*,charles/peon,charles/*' }
}

export const branchPattern: Parser<RegExp> = (text) => {
  const expected = 'a regular expression with one group, the number'
  try {
    const groups = (new RegExp(`${text}|`, 'u').exec('')?.length ?? 0) - 1
    return groups === 1 ? { value: new RegExp(text, 'u') } : { expected }
  } catch {
    return { expected }
  }
}
