import { type InventoryRow, type Status, sumInventory } from '../domain/inventory.ts'
import { formatBytes } from '../domain/summary.ts'
import { ageAt, isoTime } from '../domain/time.ts'
import { printable, shorten } from './printable.ts'
import { formatAge } from './table.ts'

const HEADINGS = ['AGENT', 'REPO', 'SESSIONS', 'OLDEST', 'WORKTREES', 'OLDEST', 'SIZE', 'ORPHANS'] as const
const NAMES = 2
const LEAST_NAME = 8

/** A table by agent and repo, then what gave up, what is rescued, and how the last pass ended. */
export const renderStatus = (status: Status, columns: number): string =>
  [
    ...renderRows(status.rows, columns),
    '',
    ...renderGaveUp(status),
    ...renderRescues(status),
    ...renderClones(status),
    renderLastPass(status)
  ]
    .map((line) => `${line}\n`)
    .join('')

function renderRows(rows: readonly InventoryRow[], columns: number): string[] {
  const cells = [HEADINGS, ...rows.map(cellsOf), ['all', '', ...cellsOf(sumInventory(rows)).slice(NAMES)]]
  const widths = HEADINGS.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const numbers = widths.slice(NAMES).reduce((sum, width) => sum + width + 2, 0)
  const [agent = 0, repo = 0] = fitNames([widths[0] ?? 0, widths[1] ?? 0], columns - numbers - 2)
  return cells.map((row) => {
    const names = [shorten(row[0] ?? '', agent).padEnd(agent), shorten(row[1] ?? '', repo).padEnd(repo)]
    const rest = row.slice(NAMES).map((cell, index) => cell.padStart(widths[index + NAMES] ?? 0))
    return [...names, ...rest].join('  ').trimEnd()
  })
}

/** What two columns get of a width: what they need, else the wider one gives way. */
function fitNames([one, other]: readonly [number, number], width: number): [number, number] {
  if (one + other <= width) return [one, other]
  const least = Math.max(LEAST_NAME, Math.floor(width / 2))
  if (one <= least) return [one, Math.max(LEAST_NAME, width - one)]
  if (other <= least) return [Math.max(LEAST_NAME, width - other), other]
  return [least, least]
}

const cellsOf = (row: InventoryRow): string[] => [
  printable(row.agent ?? '-'),
  printable(row.repo ?? '-'),
  `${row.sessions}`,
  ageOf(row.oldestSessionMs),
  `${row.worktrees}`,
  ageOf(row.oldestWorktreeMs),
  `${row.whole ? '' : '≥ '}${formatBytes(row.bytes)}`,
  `${row.orphans}`
]

const ageOf = (ms: number | null): string => (ms === null ? '-' : formatAge(ms))

const renderGaveUp = ({ gaveUp }: Status): string[] =>
  gaveUp.map((path) => `gave up: ${printable(path)} (sweep --retry-failed tries at once)`)

function renderRescues({ rescues }: Status): string[] {
  const held = rescues.filter(({ holds }) => holds !== null)
  const runs = new Set(rescues.map(({ run }) => run)).size
  return [
    `rescues: ${rescues.length} worktrees of ${runs} passes can be brought back, ${held.length} held what no remote has`,
    ...held.map(({ run, path, holds }) => `  ${run}  ${printable(path)}: ${printable(holds ?? '')}`)
  ]
}

const renderClones = ({ cacheClones }: Status): string[] =>
  cacheClones.map(
    ({ run, path, bytes }) =>
      `cache clone in the trash: ${run}  ${printable(path)} (${formatBytes(bytes)}) can be brought back`
  )

function renderLastPass({ at, lastPass }: Status): string {
  if (lastPass === null) return 'last pass: none that is known of'
  const { run, finishedAt, exitCode, summary } = lastPass
  const age = formatAge(ageAt(at, Date.parse(finishedAt)))
  return `last pass: ${run}, ended ${age} ago with exit ${exitCode}; ${summary}`
}

/** The same as one JSON document. */
export const statusJson = (status: Status): string =>
  `${JSON.stringify({ schema: 'claude-hooks-sweep/status@1', ...status, at: isoTime(status.at) }, null, 2)}\n`
