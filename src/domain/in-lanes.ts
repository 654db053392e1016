/**
 * Acts on all of some things: those of one lane one after the other, lanes side by side.
 *
 * @param lanes how many side by side
 * @param act must not fail
 * @returns what came of each, in their order
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
  await Promise.all(Array.from({ length: lanes }, work))
  return results
}
