import { ActiveIds } from '../../src/domain/active-ids.ts'
import { ARTIFACT_TYPES, type ArtifactType, type Retention } from '../../src/domain/artifact.ts'
import { parsePathGlob } from '../../src/domain/path-glob.ts'
import { matchDirectories } from '../../src/host/artifacts/match-directories.ts'
import { OpenFiles } from '../../src/host/artifacts/open-files.ts'
import { type FoundArtifact, readArtifacts } from '../../src/host/artifacts/read-artifacts.ts'
import { removeArtifact } from '../../src/host/artifacts/remove-artifact.ts'
import { measureSet } from '../../src/host/artifacts/transcript-set.ts'
import type { SweptArtifacts } from '../../src/pass/artifact-ports.ts'
import { sweepArtifacts } from '../../src/pass/sweep-artifacts.ts'

export const V1_DAYS: Retention = { transcript: 7, debug: 3, todo: 3, telemetry: 7, log: 7 }

export interface HomeSweep {
  readonly now: number
  readonly types?: readonly ArtifactType[]
  /** The ids that are spared, as of each look. */
  readonly active?: () => readonly string[]
  readonly dryRun?: boolean
  /** Called before each removal. */
  readonly removing?: (found: FoundArtifact) => void
}

/** The step over one directory by the real readers and writers, at a time of the test's own. */
export function sweepHome(path: string, sweep: HomeSweep): Promise<SweptArtifacts> {
  const {
    now,
    types = ARTIFACT_TYPES.filter((type) => type !== 'log'),
    active = () => [],
    dryRun = false
  } = sweep
  const glob = parsePathGlob(path)
  const [place] = glob === undefined ? [] : matchDirectories(glob).directories
  if (place === undefined) throw new Error(`${path} is no directory`)
  const open = new OpenFiles()
  const tools = {
    readers: {
      roots: () => ({ roots: [{ path: place.path, types }], refused: [] }),
      look: async () => open.look() ?? ({ known: true, value: new ActiveIds(active()) } as const),
      find: (_root: unknown, type: ArtifactType, refuse: Parameters<typeof readArtifacts>[3]) =>
        readArtifacts(place, type, open, refuse),
      whole: (found: FoundArtifact) => measureSet(found, open)
    },
    writers: {
      begin: () => null,
      remove: (found: FoundArtifact) => {
        if (dryRun) return { kind: 'removed' } as const
        sweep.removing?.(found)
        return removeArtifact(found)
      },
      end: () => null
    },
    observer: { sweeping() {}, removed() {}, swept() {} },
    days: (type: ArtifactType) => V1_DAYS[type],
    interrupted: () => false
  }
  return sweepArtifacts(tools, { dropped: new Set(), clockConfirmed: true, now })
}
