import { artifactsText } from '../domain/artifact.ts'
import type { Change, RunChanges } from '../domain/changes.ts'
import type { BroughtBack } from '../domain/outcome.ts'
import { formatBytes } from '../domain/summary.ts'
import { printable } from './printable.ts'

/** A line for each run: its id, when it began, and how much it changed. */
export function renderRuns(runs: readonly RunChanges[]): string {
  if (runs.length === 0) return 'no run has changed anything yet\n'
  return runs.map(({ run, at, changes }) => `${run}  ${at}  ${countChanges(changes)}\n`).join('')
}

function countChanges(changes: readonly Change[]): string {
  const count = (kind: Change['kind']) => changes.filter((change) => change.kind === kind).length
  const parts: [number, string][] = [
    [count('session'), 'sessions dropped'],
    [count('worktree'), 'worktrees removed'],
    [changes.filter((change) => change.kind === 'worktree' && change.holds !== null).length, 'rescued'],
    [countArtifacts(changes), 'artifacts removed'],
    [count('cache-clone'), 'cache clones moved aside'],
    [count('brought-back'), 'brought back']
  ]
  const said = parts.filter(([amount]) => amount > 0).map(([amount, what]) => `${amount} ${what}`)
  return said.length === 0 ? 'nothing that came to an end' : said.join(', ')
}

const countArtifacts = (changes: readonly Change[]): number =>
  changes.reduce((sum, change) => sum + (change.kind === 'artifacts' ? (change.removed ?? 0) : 0), 0)

/** All that one run changed, with where it is kept and what was not. */
export const renderRun = ({ run, at, changes }: RunChanges): string =>
  [`${run}  ${at}`, ...changes.flatMap(linesOf)].map((line) => `${line}\n`).join('')

function linesOf(change: Change): string[] {
  switch (change.kind) {
    case 'session':
      return [`dropped       ${printable(change.key)}  ${change.reason}`]
    case 'brought-back':
      return [`brought back  ${printable(change.name)}  from ${change.of}`]
    case 'artifacts': {
      const { removed, bytes } = change
      const size = removed === null ? 'cut off before they were counted' : `${formatBytes(bytes ?? 0)}`
      const what = `${removed ?? 'some'} ${artifactsText(change.type)} of ${printable(change.path)}`
      return [`removed       ${what}, for good  (${size})`]
    }
    case 'cache-clone':
      return [`moved aside   ${printable(change.path)}  ${change.reason} (${formatBytes(change.bytes)})`]
    case 'worktree':
      return [
        `removed       ${printable(change.path)}  ${change.reason}`,
        `  rescue  ${change.rescue}`,
        ...(change.holds === null ? [] : [`  held    ${printable(change.holds)}`]),
        ...change.left.map(({ path, bytes }) => `  not saved  ${printable(path)} (${formatBytes(bytes)})`)
      ]
  }
}

const OUTCOMES = {
  back: 'brought back',
  already: 'already back',
  left: 'left',
  failed: 'failed'
} as const

/** A line for each thing, and how many of each outcome at the end. */
export function renderUndone(
  undone: readonly { readonly name: string; readonly outcome: BroughtBack }[]
): string {
  const lines = undone.map(({ name, outcome }) => {
    const why = 'why' in outcome ? `: ${printable(outcome.why)}` : ''
    return `${OUTCOMES[outcome.kind].padEnd(12)}  ${printable(name)}${why}`
  })
  const count = (kind: BroughtBack['kind']) => undone.filter(({ outcome }) => outcome.kind === kind).length
  const parts = (['back', 'already', 'left', 'failed'] as const).map(
    (kind) => `${count(kind)} ${OUTCOMES[kind]}`
  )
  return [...lines, `undone: ${parts.join(', ')}`].map((line) => `${line}\n`).join('')
}
