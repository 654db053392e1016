import type { ArtifactType } from './artifact.ts'

const ID_FIELDS: ReadonlySet<string> = new Set(['sessionId', 'session_id', 'id'])

const UUID_TEXT = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const UUID = new RegExp(`^${UUID_TEXT}$`, 'i')
const UUIDS = new RegExp(UUID_TEXT, 'gi')

/**
 * The ids that an entry of the session store names: itself, all in its id fields, and every UUID, wherever
 * it stands in it. One too many keeps a file, one too few loses a conversation.
 */
export function idsOf(entry: unknown, isId = true): string[] {
  if (typeof entry === 'number') return isId ? [`${entry}`] : []
  if (typeof entry === 'string')
    return [...new Set([...(isId && entry !== '' ? [entry] : []), ...(entry.match(UUIDS) ?? [])])]
  if (typeof entry !== 'object' || entry === null) return []
  return Object.entries(entry).flatMap(([field, value]) =>
    idsOf(value, ID_FIELDS.has(field) || (isId && Array.isArray(entry)))
  )
}

/**
 * The ids of sessions that somebody may go on with. Names of files are matched against whole ids only, and
 * whatever their case: who copies a UUID may change it.
 */
export class ActiveIds {
  readonly #ids: ReadonlySet<string>
  /** Ids have few lengths: at each place of a name only so many pieces can be one. */
  readonly #lengths: readonly number[]

  constructor(ids: Iterable<string>) {
    this.#ids = new Set([...ids].map(foldCase))
    this.#lengths = [...new Set([...this.#ids].map(({ length }) => length))]
  }

  /** Whether an artifact of this name belongs to one of them. */
  spares(type: ArtifactType, file: string): boolean {
    if (this.#ids.size === 0 || type === 'log') return false
    const name = foldCase(file)
    if (type === 'transcript') return this.#ids.has(name.slice(0, -'.jsonl'.length))
    if (type === 'debug') return this.#leads(name)
    return type === 'todo' && name.includes(BETWEEN) ? this.#sparesTodo(name) : this.#contains(name, false)
  }

  /** `<id>.txt`, and what is rotated away from it: `<id>.txt.1`. */
  #leads(name: string): boolean {
    if (this.#ids.has(name)) return true
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1))
      if (this.#ids.has(name.slice(0, dot))) return true
    return false
  }

  /** `<id>-agent-<id>.json`: what stands between is a whole id. A UUID counts wherever it stands. */
  #sparesTodo(name: string): boolean {
    const parts = name.replace(/\.json$/, '').split(BETWEEN)
    return parts.some((part) => this.#ids.has(part)) || this.#contains(name, true)
  }

  /** Whether one stands in a name with no letter or digit beside it: `1p_failed_events.<id>.json`. */
  #contains(name: string, uuidsOnly: boolean): boolean {
    for (let at = 0; at < name.length; at += 1) {
      const isInside = at > 0 && isWordAt(name, at - 1) && isWordAt(name, at)
      if (!isInside && this.#startsAt(name, at, uuidsOnly)) return true
    }
    return false
  }

  #startsAt(name: string, at: number, uuidsOnly: boolean): boolean {
    return this.#lengths.some((length) => {
      const end = at + length
      if (end > name.length || (isWordAt(name, end - 1) && isWordAt(name, end))) return false
      const piece = name.slice(at, end)
      return this.#ids.has(piece) && (!uuidsOnly || UUID.test(piece))
    })
  }
}

const foldCase = (text: string): string => text.toLowerCase()

const BETWEEN = '-agent-'

/** Whether a letter or digit of ASCII stands there. */
function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}
