import { lstatSync, type Stats } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { ArtifactFacts, ArtifactType } from '../../domain/artifact.ts'
import { describeError } from '../file-error.ts'
import {
  type ArtifactPlace,
  attempt,
  foreign,
  listNames,
  openBelow,
  openRoot,
  systemName
} from './artifact-place.ts'
import type { MatchedDirectory, Refusal } from './match-directories.ts'
import type { OpenFiles } from './open-files.ts'
import { enter } from './working-directory.ts'

/** An artifact, and what its removal takes. Its place is the working directory while its batch is gone through. */
export interface FoundArtifact extends ArtifactFacts {
  readonly place: ArtifactPlace
  /** Its name as the system takes it. */
  readonly entry: string | Buffer
  readonly inode: number
  /** The name of the directory that belongs to a transcript; null when it has none. */
  readonly companion: string | null
}

/** Where each type is in its root, how deep, and which names count. */
const LAYOUT: Readonly<Record<ArtifactType, Layout>> = {
  transcript: { names: ['projects'], isProjects: true, deep: false },
  debug: { names: ['debug'], deep: true },
  todo: { names: ['todos'], deep: false },
  telemetry: { names: ['telemetry'], deep: false },
  log: { names: [], deep: true }
}

interface Layout {
  readonly names: readonly string[]
  readonly deep: boolean
  /** Whether what counts is in each directory below, and ends in `.jsonl`. */
  readonly isProjects?: boolean
}

/** So many entries are gone through before anything else, a signal say, has its turn. */
const BATCH = 1000

const BLOCK = 512

/**
 * The artifacts of one type in a home or a log directory, in batches that are looked at one by one as they
 * are gone through: what is decided and done right then is done on what was just seen.
 */
export async function* readArtifacts(
  root: MatchedDirectory,
  type: ArtifactType,
  open: OpenFiles,
  refuse: (refusal: Refusal) => void
): AsyncGenerator<Iterable<FoundArtifact>> {
  const { names, deep, isProjects = false } = LAYOUT[type]
  const top = openRoot(root, refuse)
  if (top === undefined) return
  try {
    const at = names[0] === undefined ? top : openBelow(top, names[0])
    if (at === undefined) return
    yield* isProjects ? readProjects(at, open) : readBelow(at, type, deep, open)
    if (at !== top) at.directory.close()
  } finally {
    top.directory.close()
  }
}

async function* readProjects(projects: ArtifactPlace, open: OpenFiles) {
  for (const name of listNames(projects)) {
    const entry = systemName(name)
    const stats = typeof entry === 'string' ? stat(projects, projects.directory.entry(entry)) : undefined
    // A link in the place of a project is told by the attempt to open it; a file is nobody's project.
    if (typeof entry !== 'string' || !(stats?.isDirectory() === true || stats?.isSymbolicLink() === true))
      continue
    const project = openBelow(projects, entry)
    if (project !== undefined) yield* readBelow(project, 'transcript', false, open)
    project?.directory.close()
  }
}

/** What cannot be looked at is told, by the directory that it is in. */
function stat({ path, ground }: ArtifactPlace, entry: string | Buffer): Stats | undefined {
  try {
    return lstatSync(entry, NO_THROW)
  } catch (error) {
    ground.refuse({ path, why: `cannot be read: ${describeError(error)}` })
    return undefined
  }
}

const NO_THROW = { throwIfNoEntry: false } as const

async function* readBelow(
  place: ArtifactPlace,
  type: ArtifactType,
  deep: boolean,
  open: OpenFiles
): AsyncGenerator<Iterable<FoundArtifact>> {
  const below: string[] = []
  const names = listNames(place)
  const others = type === 'transcript' ? new Set(names.filter((name) => !name.endsWith('.jsonl'))) : NONE
  for (let at = 0; at < names.length; at += BATCH) {
    yield look({ place, type, open, others, below }, names.slice(at, at + BATCH))
    await setImmediate()
  }
  for (const name of deep ? below : []) {
    const entry = systemName(name)
    const next = typeof entry === 'string' ? openBelow(place, entry) : undefined
    if (typeof entry !== 'string')
      place.ground.refuse({ path: `${place.path}/${name}`, why: 'has a name that is not UTF-8' })
    if (next === undefined) continue
    yield* readBelow(next, type, deep, open)
    next.directory.close()
  }
}

const NONE: ReadonlySet<string> = new Set()

/** One directory that is being read. */
interface Reading {
  readonly place: ArtifactPlace
  readonly type: ArtifactType
  readonly open: OpenFiles
  /** What lies beside transcripts. */
  readonly others: ReadonlySet<string>
  /** The directories in it, as they are found. */
  readonly below: string[]
}

/** Looks at each name as it is asked for; one that is gone, and what is no file, is passed over. */
function* look(reading: Reading, names: readonly string[]): Generator<FoundArtifact> {
  const { place } = reading
  const leave = attempt(place.path, place.ground.refuse, () => enter(place.directory))
  if (leave === undefined) return
  try {
    for (const name of names) {
      if (reading.type === 'transcript' && !isTranscript(name)) continue
      const entry = systemName(name)
      const stats = stat(place, entry)
      if (stats?.isFile() === true) yield found(reading, name, entry, stats)
      else if (stats?.isDirectory() === true) reading.below.push(name)
    }
  } finally {
    leave()
  }
}

const isTranscript = (name: string): boolean => name.length > '.jsonl'.length && name.endsWith('.jsonl')

function found({ place, type, open, others }: Reading, name: string, entry: string | Buffer, stats: Stats) {
  const id = type === 'transcript' ? name.slice(0, -'.jsonl'.length) : null
  const { dev, ino, mtimeMs, blocks, nlink } = stats
  return {
    place,
    type,
    name: typeof entry === 'string' ? entry : name,
    entry,
    inode: ino,
    modifiedMs: mtimeMs,
    // What has another name stays on disk.
    bytes: nlink > 1 ? 0 : blocks * BLOCK,
    isOpen: open.has(dev, ino),
    oddity: foreign(place.ground, place.ground.mounts.size > 0 ? `${place.path}/${name}` : '', dev),
    companion: id !== null && others.has(id) ? id : null
  }
}
