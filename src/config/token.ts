import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, warnIfOpen } from './env-file.ts'
import { token as parseToken } from './parsers.ts'
import type { Environment } from './paths.ts'
import { type Origin, type Sources, textOf } from './sources.ts'

const TOKEN_NAMES = ['FORGEJO_TOKEN', 'FORGEJO_ACCESS_TOKEN'] as const

/** The token as it was found, or what is wrong with it, as the end of a sentence that begins with the source. */
export type FoundToken = {
  /** The variable that tells it, or where it is. */
  readonly source: string
  readonly origin: Origin
} & ({ readonly value: string } | { readonly problem: string })

/** Notes a problem and returns nothing: nobody sees it, for the problem is thrown. */
export function readToken(sources: Sources): string {
  const found = findToken(sources)
  if ('value' in found) return found.value
  sources.problems.push(`${found.source}: ${found.problem}`)
  return ''
}

/** The token itself, a file that holds it, or systemd's credential `forgejo-token`. */
export function findToken(sources: Sources): FoundToken {
  const { env, file, warnings } = sources
  const layers = [
    ['environment', env],
    ['env file', file]
  ] as const
  for (const [origin, layer] of layers) {
    for (const source of TOKEN_NAMES) {
      const text = layer[source]
      if (text !== undefined) return { source, origin, ...checkToken(text.trim()) }
    }
    const source = 'FORGEJO_TOKEN_FILE'
    const path = textOf(layer[source])
    if (path !== undefined) return { source, origin, ...readTokenFile(path, warnings) }
  }
  return findCredential(env) ?? { source: 'FORGEJO_TOKEN', origin: 'default', problem: MISSING }
}

const MISSING = 'missing; set it, or FORGEJO_TOKEN_FILE to a file that holds it'

function findCredential(env: Environment): FoundToken | undefined {
  const directory = textOf(env['CREDENTIALS_DIRECTORY'])
  const path = directory === undefined ? undefined : join(directory, 'forgejo-token')
  if (path === undefined || !mayExist(path)) return undefined
  // systemd guards its credentials itself, some with an access list that mode bits show as open.
  return { source: 'CREDENTIALS_DIRECTORY', origin: 'environment', ...readTokenFile(path, undefined) }
}

/** What cannot be looked at may be there: reading it tells why not. */
function mayExist(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}

/** @param warnings where it is noted that others can read the file; undefined when that is no matter */
function readTokenFile(path: string, warnings: string[] | undefined): TokenOrProblem {
  try {
    const text = readFileSync(path, 'utf8').trim()
    if (warnings !== undefined) warnIfOpen(path, warnings)
    return checkToken(text)
  } catch (error) {
    return { problem: `${path} cannot be read (${codeOf(error)})` }
  }
}

type TokenOrProblem = { readonly value: string } | { readonly problem: string }

/** Forgejo takes an empty token for an anonymous visitor, without a word. */
function checkToken(text: string): TokenOrProblem {
  if (text === '') return { problem: 'the token is empty; expected one with read:issue and read:repository' }
  const parsed = parseToken(text)
  return 'value' in parsed ? parsed : { problem: `expected ${parsed.expected}` }
}
