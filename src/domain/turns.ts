/**
 * In which pass each entry last had its turn to be asked about, by a session's key or a worktree's path.
 * Passes are counted, not timed, so that no clock can bring the order into disorder.
 */
export type Turns = ReadonlyMap<string, number>

/** Entries in the order of asking: those that never had a turn, then those whose turn was longest ago. */
export const inTurn = <T>(entries: readonly T[], turns: Turns, nameOf: (entry: T) => string): readonly T[] =>
  turns.size === 0 ? entries : sortByTurn(entries, turns, nameOf)

const sortByTurn = <T>(entries: readonly T[], turns: Turns, nameOf: (entry: T) => string): T[] =>
  entries
    .map((entry) => ({ entry, turn: turns.get(nameOf(entry)) ?? 0 }))
    .sort((one, other) => one.turn - other.turn)
    .map(({ entry }) => entry)

/**
 * The turns after a pass. Nothing is to be remembered once all had theirs: then all are equal again.
 *
 * @param had the names of the entries that had their turn and are still there
 * @param missed those that the pass did not get to
 */
export function noteTurns(before: Turns, had: readonly string[], missed: readonly string[]): Turns {
  if (missed.length === 0) return new Map()
  let last = 0
  for (const turn of before.values()) last = Math.max(last, turn)
  const after = new Map(had.map((name) => [name, last + 1]))
  for (const name of missed) {
    const turn = before.get(name)
    if (turn !== undefined) after.set(name, turn)
  }
  return after
}
