import type { ActiveIds } from '../domain/active-ids.ts'
import { ARTIFACT_TYPES, type ArtifactType, type Retention } from '../domain/artifact.ts'
import type { Fact } from '../domain/fact.ts'
import { isoTime } from '../domain/time.ts'
import { ActiveSessions } from '../host/artifacts/active-sessions.ts'
import { type FoundRoots, findRoots } from '../host/artifacts/find-roots.ts'
import { OpenFiles } from '../host/artifacts/open-files.ts'
import { type FoundArtifact, readArtifacts } from '../host/artifacts/read-artifacts.ts'
import { removeArtifact } from '../host/artifacts/remove-artifact.ts'
import { measureSet } from '../host/artifacts/transcript-set.ts'
import { describeError } from '../host/file-error.ts'
import { Journal } from '../host/journal.ts'
import type { JournalRecord } from '../host/journal-records.ts'
import type {
  ArtifactContext,
  ArtifactReaders,
  ArtifactWriters,
  SweptArtifacts
} from '../pass/artifact-ports.ts'
import { sweepArtifacts } from '../pass/sweep-artifacts.ts'
import type { Log } from '../report/log.ts'
import type { Ground } from './ground.ts'
import { artifactObserver } from './observe-artifacts.ts'
import type { Surroundings } from './surroundings.ts'

/** What the step begins with. */
export interface ArtifactGround extends ArtifactContext {
  readonly ground: Ground
  readonly surroundings: Pick<Surroundings, 'log' | 'console' | 'interrupt'>
  readonly run: string
  readonly dryRun: boolean
}

/** The step with its hands. A dry run's only record. */
export function sweepWired(given: ArtifactGround): Promise<SweptArtifacts> {
  const { ground, surroundings, run, dryRun } = given
  const { settings } = ground
  const days = retentionOf(settings)
  const isVerbose = settings.logLevel === 'debug' || settings.logLevel === 'trace'
  const tools = {
    readers: wireReaders(ground, days, dryRun, surroundings.log),
    writers: dryRun ? recording : wireWriters(ground, run, days),
    observer: artifactObserver(surroundings, isVerbose, dryRun),
    days: (type: ArtifactType) => days[type],
    interrupted: () => surroundings.interrupt.signal() !== null
  }
  return sweepArtifacts(tools, given)
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
  const open = new OpenFiles()
  return {
    roots: () => ({ roots: rootsOf({ homes, logDirs }, days), refused }),
    look: lookNowAndThen(ground, dryRun, open),
    find: ({ path }, type, refuse) => {
      const place = places.get(path)
      if (place === undefined) throw new Error(`${path} was not found before`)
      return readArtifacts(place, type, open, refuse)
    },
    whole: (found) => measureSet(found, open)
  }
}

/** How old a look may get, in milliseconds, and how many times as long as it took. */
const [LOOK_MS, LOOK_SHARE] = [1000, 50]

/** Looks at what is open and active, again once the last look is old: a pass over a million files takes its time. */
function lookNowAndThen(
  { paths, settings, store, clock }: Ground,
  dryRun: boolean,
  open: OpenFiles
): ArtifactReaders<FoundArtifact>['look'] {
  let sessions: ActiveSessions | undefined
  let last: Fact<ActiveIds> | undefined
  let next = 0
  return async (dropped) => {
    const began = clock.monotonic()
    if (last !== undefined && began < next) return last
    sessions ??= new ActiveSessions({
      store: paths.store,
      database: settings.activeDb,
      before: store,
      // A real pass has dropped them, and what stands there now was written anew.
      dropped: dryRun ? dropped : new Set()
    })
    const ids = await sessions.read()
    last = open.look() ?? ids
    const ended = clock.monotonic()
    next = ended + Math.max(LOOK_MS, LOOK_SHARE * (ended - began))
    return last
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
