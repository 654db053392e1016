/**
 * Acts on all of some things: those of one lane one after the other, lanes side by side.
 *
 * @param lanes how many side by side
 * @returns what came of each, in their order
 * @throws what the first one threw, when all lanes have ended: nothing goes on behind the caller's back
 */
export async function inLanes<T, R>(
  things: readonly T[],
  laneOf: (thing: T) => string,
  lanes: number,
  act: (thing: T, index: number) => Promise<R>
): Promise<R[]> {
  const results: R[] = []
  const byLane = new Map<string, [T, number][]>()
  for (const [index, thing] of things.entries()) {
    const lane = byLane.get(laneOf(thing)) ?? []
    lane.push([thing, index])
    byLane.set(laneOf(thing), lane)
  }
  const waiting = byLane.values()
  const work = async () => {
    for (const lane of waiting) for (const [thing, index] of lane) results[index] = await act(thing, index)
  }
  const ends = await Promise.allSettled(Array.from({ length: lanes }, work))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return results
}
