import { ActiveIds, idsOf } from '../domain/active-ids.ts'
import { ARTIFACT_TYPES, type ArtifactType, type Retention } from '../domain/artifact.ts'
import { type Fact, known, unknown } from '../domain/fact.ts'
import { isoTime } from '../domain/time.ts'
import { type FoundRoots, findRoots } from '../host/artifacts/find-roots.ts'
import { OpenFiles, readOpenFiles } from '../host/artifacts/open-files.ts'
import { readActiveDb } from '../host/artifacts/read-active-db.ts'
import { type FoundArtifact, readArtifacts } from '../host/artifacts/read-artifacts.ts'
import { removeArtifact } from '../host/artifacts/remove-artifact.ts'
import { measureSet } from '../host/artifacts/transcript-set.ts'
import { describeError } from '../host/file-error.ts'
import { Journal } from '../host/journal.ts'
import type { JournalRecord } from '../host/journal-records.ts'
import { readStore } from '../host/store.ts'
import type { ArtifactReaders, ArtifactWriters, SweptArtifacts } from '../pass/artifact-ports.ts'
import { sweepArtifacts } from '../pass/sweep-artifacts.ts'
import type { Log } from '../report/log.ts'
import type { Ground } from './ground.ts'
import { artifactObserver } from './observe-artifacts.ts'
import type { Surroundings } from './surroundings.ts'

/** What the step begins with. */
export interface ArtifactGround {
  readonly ground: Ground
  readonly surroundings: Pick<Surroundings, 'log' | 'console' | 'interrupt'>
  readonly run: string
  readonly dryRun: boolean
  /** The keys of the sessions that this pass dropped, or in a dry run would. */
  readonly dropped: ReadonlySet<string>
  readonly clockTrusted: boolean
}

/** The step with its hands. A dry run's only record. */
export function sweepWired(given: ArtifactGround): Promise<SweptArtifacts> {
  const { ground, surroundings, run, dryRun, dropped, clockTrusted } = given
  const { settings, clock } = ground
  const days = retentionOf(settings)
  const isVerbose = settings.logLevel === 'debug' || settings.logLevel === 'trace'
  const tools = {
    readers: wireReaders(ground, days, dryRun, surroundings.log),
    writers: dryRun ? recording : wireWriters(ground, run, days),
    observer: artifactObserver(surroundings, isVerbose, dryRun),
    days: (type: ArtifactType) => days[type],
    now: () => clock.now(),
    interrupted: () => surroundings.interrupt.signal() !== null
  }
  return sweepArtifacts(tools, { dropped, clockTrusted })
}

const retentionOf = (settings: Ground['settings']): Retention => ({
  transcript: settings.transcriptDays,
  debug: settings.debugDays,
  todo: settings.todoDays,
  telemetry: settings.telemetryDays,
  log: settings.logDays
})

function wireReaders(
  ground: Ground,
  days: Retention,
  dryRun: boolean,
  log: Log
): ArtifactReaders<FoundArtifact> {
  const { homes, logDirs, refused, unmatched } = findRoots(ground.settings)
  for (const text of unmatched) log.warn(`No directory is meant by ${text}: nothing is swept there`)
  const places = new Map([...homes, ...logDirs].map((place) => [place.path, place]))
  let open = new OpenFiles()
  return {
    roots: () => ({ roots: rootsOf({ homes, logDirs }, days), refused }),
    active: (dropped) => readActive(ground, dryRun ? dropped : new Set()),
    look: () => {
      const found = readOpenFiles()
      if (found.known) open = found.value
      return found
    },
    find: ({ path }, type, refuse) => {
      const place = places.get(path)
      if (place === undefined) throw new Error(`${path} was not found before`)
      return readArtifacts(place, type, open, refuse)
    },
    whole: (found) => measureSet(found, open)
  }
}

/** Types that are kept for ever are not looked at. */
function rootsOf({ homes, logDirs }: Pick<FoundRoots, 'homes' | 'logDirs'>, days: Retention) {
  const wanted = ARTIFACT_TYPES.filter((type) => days[type] > 0)
  const inHomes = wanted.filter((type) => type !== 'log')
  const logs = wanted.filter((type) => type === 'log')
  return [
    ...homes.map(({ path }) => ({ path, types: inHomes })),
    ...logDirs.map(({ path }) => ({ path, types: logs }))
  ]
}

/** The ids of the store as it is now, and of the database: unknown when either cannot be told. */
async function readActive(
  { paths, store, settings }: Ground,
  dropped: ReadonlySet<string>
): Promise<Fact<ActiveIds>> {
  const ids = readStoreIds(paths.store, store, dropped)
  if (!ids.known || settings.activeDb === null) return ids.known ? known(new ActiveIds(ids.value)) : ids
  const more = await readActiveDb(settings.activeDb)
  return more.known ? known(new ActiveIds([...ids.value, ...more.value])) : more
}

function readStoreIds(path: string, before: Ground['store'], dropped: ReadonlySet<string>): Fact<string[]> {
  try {
    const { exists, entries } = readStore(path)
    if (before.exists && !exists) return storeUnknown(`${path} is gone`)
    // A dry run has dropped none: what it would have dropped does not count, unless it was written anew.
    const isDropped = (key: string, text: string) =>
      dropped.has(key) && before.entries.get(key)?.text === text
    const kept = [...entries.values()].filter(({ key, text }) => !isDropped(key, text))
    return known(kept.flatMap(({ text }) => idsOf(JSON.parse(text))))
  } catch (error) {
    return storeUnknown(describeError(error))
  }
}

const storeUnknown = (why: string) =>
  unknown(
    'ACTIVE_IDS_UNKNOWN',
    `The sessions that are gone on with cannot be told (${why}); no artifact was removed`
  )

/** Writers that only record. */
const recording: ArtifactWriters<FoundArtifact> = {
  begin: () => null,
  remove: () => ({ kind: 'removed' }),
  end: () => null
}

function wireWriters({ paths, clock }: Ground, run: string, days: Retention): ArtifactWriters<FoundArtifact> {
  const journal = new Journal(paths.journal)
  const at = () => isoTime(clock.now())
  const note = (record: JournalRecord): string | null => {
    try {
      journal.append(run, record)
      return null
    } catch (error) {
      return `the journal cannot be written: ${describeError(error)}`
    }
  }
  return {
    begin: ({ path }, artifact) =>
      note({ type: 'artifacts', at: at(), path, artifact, days: days[artifact] }),
    remove: removeArtifact,
    end: ({ path }, artifact, { removed, bytes }) =>
      note({ type: 'swept-artifacts', at: at(), path, artifact, removed, bytes })
  }
}
