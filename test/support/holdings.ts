import { readFileSync, statSync } from 'node:fs'
import type { Sandbox } from './sandbox.ts'
import { snapshot } from './tree.ts'

/** What somebody could miss: files of the cache directory and entries of the store, name → content. */
export type Holdings = ReadonlyMap<string, string>

export function holdingsOf({ cacheDir, store }: Sandbox): Holdings {
  const files = Object.entries(snapshot(cacheDir)).map(
    // When something was written last is nobody's work.
    ([name, entry]): [string, string] => [name, entry.replace(/ \d+ /, ' ')]
  )
  return new Map([...files, ...entriesOf(store)])
}

/** A store that cannot be understood is one thing to lose; too large a one is known by its size. */
function entriesOf(store: string): [string, string][] {
  const stats = statSync(store, { throwIfNoEntry: false })
  if (stats === undefined) return []
  if (!stats.isFile() || stats.size > 2 ** 28) return [['the store', `${stats.mode} ${stats.size}`]]
  const text = readFileSync(store)
  try {
    const entries = Object.entries(JSON.parse(text.toString()) as object)
    return entries.map(([key, value]) => [`session ${key}`, JSON.stringify(value)])
  } catch {
    return [['the store', text.toString('latin1')]]
  }
}

/**
 * How many things are gone, or are not what they were.
 *
 * @param mayGo what may rightly be, by the beginning of its name
 */
export function lostOf(before: Holdings, now: Holdings, mayGo: readonly string[]): number {
  const stays = [...before].filter(([name]) => !mayGo.some((start) => name.startsWith(start)))
  return stays.filter(([name, content]) => now.get(name) !== content).length
}
