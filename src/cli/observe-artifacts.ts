import { artifactsText } from '../domain/artifact.ts'
import { formatBytes } from '../domain/summary.ts'
import type { FoundArtifact } from '../host/artifacts/read-artifacts.ts'
import type { ArtifactObserver } from '../pass/artifact-ports.ts'
import type { Surroundings } from './surroundings.ts'

/** Shows the step as it goes: a line at info for each type and root that lost something, files at debug. */
export function artifactObserver(
  { log, console }: Pick<Surroundings, 'log' | 'console'>,
  isVerbose: boolean,
  dryRun: boolean
): ArtifactObserver<FoundArtifact> {
  const verb = dryRun ? 'Would remove' : 'Removed'
  return {
    sweeping: ({ path }, type) =>
      console.progress.show(`Looking through the ${artifactsText(type)} of ${path}`),
    removed: (_root, { place, name, companion, bytes }) => {
      // A million lines that nobody sees take as long as the step itself.
      if (!isVerbose) return
      const path = `${place.path}/${name}`
      const also = companion === null ? '' : ` and ${companion}/`
      log.debug({ path, bytes }, `${verb} ${path}${also}: ${formatBytes(bytes)}`)
    },
    swept: ({ path }, type, { removed, bytes, kept, byReason }) => {
      const what = `${removed} ${artifactsText(type)} of ${path}: ${formatBytes(bytes)}; ${kept} stay`
      const level = removed > 0 ? 'info' : 'debug'
      log[level]({ path, artifact: type, removed, bytes, kept: byReason }, `${verb} ${what}`)
    }
  }
}
