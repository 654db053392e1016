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
  /** The name of the directory that belongs to a transcript; null when it has none, or before it is looked for. */
  readonly companion: string | null
}

/** Where each type is in its root, how deep, and which names count. */
const LAYOUT: Readonly<Record<ArtifactType, Layout>> = {
  transcript: { part: 'projects', isProjects: true, deep: false },
  debug: { part: 'debug', deep: true },
  todo: { part: 'todos', deep: false },
  telemetry: { part: 'telemetry', deep: false },
  log: { part: null, deep: true }
}

interface Layout {
  /** The directory in the root; null for the root itself. */
  readonly part: string | null
  readonly deep: boolean
  /** Whether what counts is in each directory below, and ends in `.jsonl`. */
  readonly isProjects?: boolean
}

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
  const { part, deep, isProjects = false } = LAYOUT[type]
  const top = openRoot(root, refuse)
  const at = top === undefined || part === null ? top : openPart(top, part)
  if (at !== undefined) yield* isProjects ? readProjects(at, open) : readIn(at, type, deep, open)
}

function openPart(top: ArtifactPlace, part: string): ArtifactPlace | undefined {
  try {
    return openBelow(top, part)
  } finally {
    top.directory.close()
  }
}

async function* readProjects(
  projects: ArtifactPlace,
  open: OpenFiles
): AsyncGenerator<Iterable<FoundArtifact>> {
  try {
    for (const name of [...listNames(projects)].flat()) {
      const entry = systemName(name)
      const stats = typeof entry === 'string' ? stat(projects, projects.directory.entry(entry)) : undefined
      // A link in the place of a project is told by the attempt to open it; a file is nobody's project.
      if (typeof entry !== 'string' || !(stats?.isDirectory() === true || stats?.isSymbolicLink() === true))
        continue
      const project = openBelow(projects, entry)
      if (project !== undefined) yield* readIn(project, 'transcript', false, open)
    }
  } finally {
    projects.directory.close()
  }
}

/** Goes through a directory and closes it. */
async function* readIn(
  place: ArtifactPlace,
  type: ArtifactType,
  deep: boolean,
  open: OpenFiles
): AsyncGenerator<Iterable<FoundArtifact>> {
  try {
    if (!deep || isOfLogs(place)) yield* readBelow(place, type, deep, open)
  } finally {
    place.directory.close()
  }
}

/** Whether all below a directory can be logs; what speaks against it is told. */
function isOfLogs({ directory, path, ground }: ArtifactPlace): boolean {
  const isHome = path.endsWith('/.claude')
  const isPlain = isHome
    ? false
    : attempt(path, ground.refuse, () => directory.statIfThere('.git') === undefined)
  if (isHome) ground.refuse({ path, why: 'is a Claude home, which is more than logs' })
  else if (isPlain === false) ground.refuse({ path, why: 'is a git checkout, which is left alone' })
  return isPlain === true
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
  for (const names of listNames(place)) {
    yield look({ place, type, open, below }, names)
    await setImmediate()
  }
  for (const name of deep ? below : []) {
    const entry = systemName(name)
    const next = typeof entry === 'string' ? openBelow(place, entry) : undefined
    if (next !== undefined) yield* readIn(next, type, deep, open)
    else if (typeof entry !== 'string')
      place.ground.refuse({ path: `${place.path}/${name}`, why: 'has a name that is not UTF-8' })
  }
}

/** One directory that is being read. */
interface Reading {
  readonly place: ArtifactPlace
  readonly type: ArtifactType
  readonly open: OpenFiles
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

function found({ place, type, open }: Reading, name: string, entry: string | Buffer, stats: Stats) {
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
    companion: null
  }
}
