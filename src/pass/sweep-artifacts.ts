import {
  type ArtifactFacts,
  type ArtifactTally,
  type ArtifactType,
  addTally,
  emptyTally
} from '../domain/artifact.ts'
import { type ArtifactDecision, decideArtifact } from '../domain/decide-artifact.ts'
import type { Unknown } from '../domain/fact.ts'
import type { ReportError } from '../domain/report.ts'
import { ArtifactFaults } from './artifact-faults.ts'
import type { ArtifactContext, ArtifactRoot, ArtifactTools, SweptArtifacts } from './artifact-ports.ts'

/**
 * What Claude left: each artifact is looked at, decided on and, when it is past its days, removed before
 * the next one is looked at, so that a million of them take no more memory than a thousand and
 * nothing comes between a look and a removal. An interruption ends it after the batch in hand.
 */
export async function sweepArtifacts<F extends ArtifactFacts>(
  tools: ArtifactTools<F>,
  context: ArtifactContext
): Promise<SweptArtifacts> {
  const { roots, refused } = tools.readers.roots()
  const errors = refused.map(({ path, why }) => refusal(path, `${path} ${why}`))
  const tallies: Partial<Record<ArtifactType, ArtifactTally>> = {}
  // The pass itself tells of a clock that is wrong, and of a Forgejo that cannot be reached.
  if (!context.clockConfirmed || roots.length === 0 || tools.interrupted()) return { tallies, errors }
  // Told even where nothing is there to be spared.
  const active = await tools.readers.look(context.dropped)
  if (!active.known) return { tallies, errors: [...errors, ofPass(active)] }
  for (const root of roots) {
    for (const type of root.types) {
      if (tools.interrupted()) return { tallies, errors }
      const { tally, faults, doubt } = await sweepType(tools, context, root, type)
      tallies[type] ??= emptyTally()
      addTally(tallies[type], tally)
      errors.push(...faults)
      if (doubt !== null) return { tallies, errors: [...errors, ofPass(doubt)] }
    }
  }
  return { tallies, errors }
}

const ofPass = ({ code, why }: Unknown): ReportError => ({ kind: 'pass', code, message: why })

const refusal = (path: string, message: string): ReportError => ({
  kind: 'artifact',
  path,
  code: 'UNSAFE_PATH',
  message
})

/** What became of one type in one root. */
interface SweptType {
  readonly tally: ArtifactTally
  readonly faults: readonly ReportError[]
  /** What could not be told, so that no more may go; null when all could. */
  readonly doubt: Unknown | null
}

async function sweepType<F extends ArtifactFacts>(
  tools: ArtifactTools<F>,
  { dropped, now }: ArtifactContext,
  root: ArtifactRoot,
  type: ArtifactType
): Promise<SweptType> {
  const { readers, writers, observer, interrupted } = tools
  const tally = emptyTally()
  const faults = new ArtifactFaults(root.path, type)
  observer.sweeping(root, type)
  const settle = settler(tools, root, type, tally, faults)
  let doubt: Unknown | null = null
  for await (const batch of readers.find(root, type, ({ path, why }) => faults.refuse(path, why))) {
    if (interrupted()) break
    const active = await readers.look(dropped)
    if (!active.known) {
      doubt = active
      break
    }
    const rules = { now, days: tools.days(type), active: active.value }
    for (const found of batch) {
      const alone = decideArtifact(found, rules)
      // What may go by itself is decided on once more with all that would go along.
      const all = alone.action === 'remove' ? readers.whole(found) : found
      settle(all, all === found ? alone : decideArtifact(all, rules))
    }
  }
  const unnoted = tally.removed > 0 ? writers.end(root, type, tally) : null
  if (unnoted !== null) faults.unnoted(unnoted)
  observer.swept(root, type, tally)
  return { tally, faults: faults.errors(), doubt }
}

/** Does what was decided on one artifact after the other, and counts. */
function settler<F extends ArtifactFacts>(
  { writers, observer }: ArtifactTools<F>,
  root: ArtifactRoot,
  type: ArtifactType,
  tally: ArtifactTally,
  faults: ArtifactFaults
): (found: F, decision: ArtifactDecision) => void {
  const keep = (reason: ArtifactDecision['reason']) => {
    tally.kept += 1
    tally.byReason[reason] = (tally.byReason[reason] ?? 0) + 1
  }
  // Undefined until the first is about to go.
  let blocked: string | null | undefined
  return (found, { action, reason }) => {
    if (found.oddity !== null) faults.odd(found.name, found.oddity)
    if (action === 'keep') return keep(reason)
    if (blocked === undefined) blocked = writers.begin(root, type)
    const removal = blocked === null ? writers.remove(found) : ({ kind: 'failed', why: blocked } as const)
    if (removal.kind === 'removed') {
      tally.removed += 1
      tally.bytes += found.bytes
      observer.removed(root, found)
    } else if (removal.kind === 'in-use') keep('busy')
    else if (removal.kind === 'failed') {
      keep('failed')
      faults.failed(found.name, removal.why)
    }
  }
}
