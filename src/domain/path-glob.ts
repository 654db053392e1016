/** A pattern of absolute paths: `*` and `?` stand for characters of one name. */
export interface PathGlob {
  readonly text: string
  /** The directory before the first name with a pattern, or before the last name. */
  readonly base: string
  /** The names below it; one is at least there. */
  readonly names: readonly NamePattern[]
}

export interface NamePattern {
  /** The name as it is, when it is no pattern. */
  readonly literal: string | null
  readonly matches: (name: string) => boolean
}

/** What a pattern has to be, as the end of a sentence. */
export const PATH_GLOBS =
  'absolute paths at least two names deep, in which * and ? stand for parts of any name but the first'

/** A pattern's text → pattern; undefined when it is none, or when it could mean a whole file system. */
export function parsePathGlob(text: string): PathGlob | undefined {
  const names = text.replace(/\/+$/, '').split('/').slice(1)
  if (!text.startsWith('/') || names.length < 2) return undefined
  // What is a pattern elsewhere would here silently match nothing.
  if (names.some((name) => /^\.{0,2}$|\*\*|[[\]{}\0]/.test(name))) return undefined
  const first = names.findIndex((name) => /[*?]/.test(name))
  // `/*/logs` would look into everything.
  if (first === 0) return undefined
  const fixed = first === -1 ? names.length - 1 : first
  return {
    text,
    base: `/${names.slice(0, fixed).join('/')}`,
    names: names.slice(fixed).map(parseName)
  }
}

function parseName(name: string): NamePattern {
  if (!/[*?]/.test(name)) return { literal: name, matches: (other) => other === name }
  const source = name
    .replaceAll(/[.+^$()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  const pattern = new RegExp(`^${source}$`, 'su')
  // As in a shell: a hidden name has to be asked for.
  return {
    literal: null,
    matches: (other) => pattern.test(other) && (!other.startsWith('.') || name.startsWith('.'))
  }
}

/** The deepest directory that all matches are in, or the one that is meant. */
export const fixedPart = ({ text, base, names }: PathGlob): string =>
  names.every(({ literal }) => literal !== null) ? text.replace(/\/+$/, '') : base
