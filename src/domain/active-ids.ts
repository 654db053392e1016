import type { ArtifactType } from './artifact.ts'

const ID_FIELDS = ['sessionId', 'session_id', 'id'] as const

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The ids that an entry of the session store names: itself, or those of its fields that hold one. */
export function idsOf(entry: unknown): string[] {
  if (typeof entry === 'string') return entry === '' ? [] : [entry]
  if (typeof entry !== 'object' || entry === null) return []
  const fields = new Map<string, unknown>(Object.entries(entry))
  const ids = ID_FIELDS.map((field) => fields.get(field))
  return ids.filter((id) => typeof id === 'string').filter((id) => id !== '')
}

/** The ids of sessions that somebody may go on with. Names of files are matched against whole ids only. */
export class ActiveIds {
  readonly #ids: ReadonlySet<string>
  /** Ids have few lengths: at each place of a name only so many pieces can be one. */
  readonly #lengths: readonly number[]

  constructor(ids: Iterable<string>) {
    this.#ids = new Set(ids)
    this.#lengths = [...new Set([...this.#ids].map(({ length }) => length))]
  }

  /** Whether an artifact of this name belongs to one of them. */
  spares(type: ArtifactType, name: string): boolean {
    if (this.#ids.size === 0 || type === 'log') return false
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
    let wasWord = false
    for (let at = 0; at < name.length; at += 1) {
      const isWord = isWordAt(name, at)
      if (isWord && !wasWord && this.#startsAt(name, at, uuidsOnly)) return true
      wasWord = isWord
    }
    return false
  }

  #startsAt(name: string, at: number, uuidsOnly: boolean): boolean {
    return this.#lengths.some((length) => {
      if (at + length > name.length || isWordAt(name, at + length)) return false
      const piece = name.slice(at, at + length)
      return this.#ids.has(piece) && (!uuidsOnly || UUID.test(piece))
    })
  }
}

const BETWEEN = '-agent-'

/** Whether a letter or digit of ASCII stands there. */
function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
}
