/** Names less alike than this share only what most names share. */
const LEAST_LIKENESS = 0.3

/** The names that are most like a text, best first; none where nothing is like it. */
export function nearest(text: string, names: readonly string[], most: number): string[] {
  const pairs = pairsOf(text)
  const ranked = names.map((name) => ({ name, likeness: likenessOf(pairs, pairsOf(name)) }))
  const alike = ranked.filter(({ likeness }) => likeness >= LEAST_LIKENESS)
  return alike
    .sort((one, other) => other.likeness - one.likeness)
    .slice(0, most)
    .map(({ name }) => name)
}

/** The pairs of neighbouring characters, regardless of case. */
function pairsOf(text: string): ReadonlySet<string> {
  const lower = text.toLowerCase()
  return new Set([...lower].map((_, at) => lower.slice(at, at + 2)))
}

/** Sørensen and Dice: from 0, nothing in common, to 1. */
function likenessOf(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const shared = [...one].filter((pair) => other.has(pair)).length
  return (2 * shared) / Math.max(1, one.size + other.size)
}
