import type { ArtifactStep } from '../pass/artifact-ports.ts'
import type { Ground } from './ground.ts'
import type { Surroundings } from './surroundings.ts'

/** The step of what Claude left. Undefined, and nothing of it loaded, where nobody said where that is. */
export function artifactStep(
  ground: Ground,
  surroundings: Pick<Surroundings, 'log' | 'console' | 'interrupt'>,
  run: string,
  dryRun: boolean
): ArtifactStep | undefined {
  const { claudeHomes, logDirs } = ground.settings
  if (claudeHomes.length + logDirs.length === 0) return undefined
  return async (context) => {
    const { sweepWired } = await import('./wiring-artifacts.ts')
    return sweepWired({ ground, surroundings, run, dryRun, ...context })
  }
}
