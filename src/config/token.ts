import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, warnIfOpen } from './env-file.ts'
import { token as parseToken } from './parsers.ts'
import { type Sources, textOf } from './sources.ts'

const TOKEN_NAMES = ['FORGEJO_TOKEN', 'FORGEJO_ACCESS_TOKEN'] as const

/** The token itself, a file that holds it, or systemd's credential `forgejo-token`. */
export function readToken(sources: Sources): string {
  for (const layer of [sources.env, sources.file]) {
    for (const name of TOKEN_NAMES) {
      const text = layer[name]
      if (text !== undefined) return checkToken(name, text.trim(), sources.problems)
    }
    const path = textOf(layer['FORGEJO_TOKEN_FILE'])
    if (path !== undefined) return readTokenFile('FORGEJO_TOKEN_FILE', path, sources)
  }
  const credentials = textOf(sources.env['CREDENTIALS_DIRECTORY'])
  const credential = credentials === undefined ? undefined : join(credentials, 'forgejo-token')
  if (credential !== undefined && mayExist(credential)) {
    return readTokenFile('CREDENTIALS_DIRECTORY', credential, sources)
  }
  sources.problems.push('FORGEJO_TOKEN: missing; set it, or FORGEJO_TOKEN_FILE to a file that holds it')
  return ''
}

/** What cannot be looked at may be there: reading it tells why not. */
function mayExist(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch {
    return true
  }
}

function readTokenFile(name: string, path: string, { problems, warnings }: Sources): string {
  try {
    const text = readFileSync(path, 'utf8').trim()
    // systemd guards its credentials itself, some with an access list that mode bits show as open.
    if (name === 'FORGEJO_TOKEN_FILE') warnIfOpen(path, warnings)
    return checkToken(name, text, problems)
  } catch (error) {
    problems.push(`${name}: ${path} cannot be read (${codeOf(error)})`)
    return ''
  }
}

/** Forgejo takes an empty token for an anonymous visitor, without a word. */
function checkToken(name: string, text: string, problems: string[]): string {
  if (text === '')
    problems.push(`${name}: the token is empty; expected one with read:issue and read:repository`)
  const parsed = parseToken(text)
  if ('value' in parsed) return parsed.value
  if (text !== '') problems.push(`${name}: expected ${parsed.expected}`)
  return ''
}
