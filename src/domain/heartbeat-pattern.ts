import type { Repo } from './fact.ts'
import { fixedPart, type NamePattern, type PathGlob, parsePathGlob } from './path-glob.ts'

/** Whose heartbeat is looked for. */
export interface Heartbeater {
  readonly agent: string
  readonly repo: Repo
  readonly number: number
  /** The session's ids, as its entry in the store tells them; none of a session that is gone. */
  readonly ids: readonly string[]
}

/** Where each session's heartbeat file is: names that may hold placeholders, `*` and `?`. */
export interface HeartbeatPattern {
  readonly text: string
  /** The directory before the first name that is not the same for all. */
  readonly base: string
  /** The names below it. */
  readonly names: readonly string[]
}

/** What a pattern has to be, as the end of a sentence. */
export const HEARTBEAT_PATTERN =
  'an absolute path at least two names deep with {session} or {number}, such as /srv/agents/{agent}/{session}/.heartbeat; {owner}, {repo}, * and ? may stand in it, too'

const PLACEHOLDER = /\{(agent|owner|repo|number|session)\}/g

/** A pattern's text → pattern; undefined when it is none, or when all sessions would share a file. */
export function parseHeartbeatPattern(text: string): HeartbeatPattern | undefined {
  const isOfOne = text.includes('{session}') || text.includes('{number}')
  const glob = parsePathGlob(text.replaceAll(PLACEHOLDER, '?'))
  if (!isOfOne || glob === undefined) return undefined
  const base = fixedPart(glob)
  return { text, base, names: text.slice(base.length + 1).split('/') }
}

/** The transcripts below a Claude home: a session at work writes into its own. */
export const transcriptPattern = (home: PathGlob): HeartbeatPattern | undefined =>
  parseHeartbeatPattern(`${home.text.replace(/\/+$/, '')}/projects/*/{session}.jsonl`)

/**
 * The names that lead to the heartbeat of a session from a pattern's base on: for each of its ids where the
 * pattern asks for them. An id that no file can be named after leads nowhere.
 */
export function fillPattern({ text, names }: HeartbeatPattern, of: Heartbeater): NamePattern[][] {
  const { agent, repo, number, ids } = of
  const repos = /\{(?:owner|repo)\}/.test(text) ? [repo, lowerCase(repo)] : [repo]
  const sessions = text.includes('{session}') ? ids : ['']
  const fillings = repos.flatMap(({ owner, name }) =>
    sessions.map((session) => ({ agent, owner, repo: name, number: `${number}`, session }))
  )
  return fillings.map((values) => names.map((name) => fillName(name, values))).filter(isPath)
}

/** Forgejo looks names up without regard to case, and a heartbeat's maker may write them as it likes. */
const lowerCase = ({ owner, name }: Repo): Repo => ({ owner: owner.toLowerCase(), name: name.toLowerCase() })

type Values = Readonly<Record<'agent' | 'owner' | 'repo' | 'number' | 'session', string>>

/** A name with its placeholders filled: what stands for them means itself alone. */
function fillName(name: string, values: Values): NamePattern {
  const fill = (text: string) => text.replaceAll(PLACEHOLDER, (_, which: keyof Values) => values[which])
  if (!/[*?]/.test(name)) return literalName(fill(name))
  const source = name
    .split(/([*?])/)
    .map((part) => (part === '*' ? '.*' : part === '?' ? '.' : quote(fill(part))))
  const pattern = new RegExp(`^${source.join('')}$`, 'su')
  // As in a shell: a hidden name has to be asked for.
  return {
    literal: null,
    matches: (other) => pattern.test(other) && (!other.startsWith('.') || name.startsWith('.'))
  }
}

const literalName = (name: string): NamePattern => ({ literal: name, matches: (other) => other === name })

const quote = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Whether each name that is no pattern can be one. */
const isPath = (names: readonly NamePattern[]): boolean =>
  names.every(({ literal }) => literal === null || !/^\.{0,2}$|[/\0]/.test(literal))
