import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ArtifactRoots, HomeFacts } from '../../domain/doctor/check-artifacts.ts'
import { known } from '../../domain/fact.ts'
import { findRoots, type RootSettings } from '../artifacts/find-roots.ts'
import { readActiveDb } from '../artifacts/read-active-db.ts'

/** What the settings of the artifacts mean here. */
export async function readArtifactFacts(settings: RootSettings): Promise<ArtifactRoots> {
  const { homes, logDirs, refused, unmatched } = findRoots(settings)
  const { activeDb } = settings
  return {
    homes: homes.map(({ path }) => ({ path, person: personIn(path) })),
    logDirs: logDirs.map(({ path }) => path),
    refused,
    unmatched,
    activeDb: activeDb === null ? null : { path: activeDb, ids: await countIds(activeDb) }
  }
}

async function countIds(path: string) {
  const ids = await readActiveDb(path)
  return ids.known ? known(ids.value.length) : ids
}

/** Claude writes its history for prompts that are typed, a shell its own for a login: agents do neither. */
const SIGNS = [
  ['history.jsonl', 'Claude has a history of typed prompts there'],
  ['../.bash_history', 'a shell has its history beside it'],
  ['../.zsh_history', 'a shell has its history beside it'],
  ['../.local/share/fish/fish_history', 'a shell has its history beside it']
] as const

function personIn(home: string): HomeFacts['person'] {
  const sign = SIGNS.find(([name]) =>
    isFilled(name.startsWith('../') ? join(dirname(home), name.slice(3)) : join(home, name))
  )
  return sign?.[1] ?? null
}

function isFilled(path: string): boolean {
  try {
    return lstatSync(path).size > 0
  } catch {
    return false
  }
}
