import type { RemovedWorktree, SetAsideClone } from './changes.ts'
import { type Repo, repoId, repoText } from './fact.ts'
import type { Session } from './state.ts'
import type { PlacedWorktree } from './world.ts'

/** What a worktree takes on disk. */
export interface DiskUse {
  readonly bytes: number
  /** False when a part could not be looked at. */
  readonly whole: boolean
}

/** The sessions and worktrees of one agent and repo. */
export interface InventoryRow {
  /** Null for sessions whose key does not parse. */
  readonly agent: string | null
  /** Null where nobody can tell. */
  readonly repo: string | null
  readonly sessions: number
  readonly oldestSessionMs: number | null
  readonly worktrees: number
  readonly oldestWorktreeMs: number | null
  readonly bytes: number
  /** Whether the bytes are all, or at least that many. */
  readonly whole: boolean
  /** Worktrees of which no session of their repo has the number. */
  readonly orphans: number
}

/** Counts sessions and worktrees by agent and repo, in the order of their names. */
export function takeInventory(
  sessions: readonly Session[],
  worktrees: readonly PlacedWorktree[],
  sizes: ReadonlyMap<string, DiskUse>
): InventoryRow[] {
  const referred = new Set(
    sessions.flatMap(({ key }) => (key === null ? [] : numberId(key.repo, key.number)))
  )
  const rows = new Map<string, InventoryRow>()
  const add = (agent: string | null, repo: Repo | null, more: Partial<InventoryRow>) => {
    const id = `${agent ?? ''}:${repo === null ? '' : repoId(repo)}`
    const row = rows.get(id) ?? emptyRow(agent, repo === null ? null : repoText(repo))
    rows.set(id, sumRows(row, more))
  }
  for (const { key, ageMs } of sessions) {
    add(key?.agent ?? null, key?.repo ?? null, { sessions: 1, oldestSessionMs: ageMs })
  }
  for (const placed of worktrees) {
    const { worktree } = placed
    const repo = worktree.repo.known ? worktree.repo.value : null
    add(worktree.agent, repo, {
      worktrees: 1,
      oldestWorktreeMs: worktree.ageMs.known ? worktree.ageMs.value : null,
      ...(sizes.get(worktree.path) ?? { bytes: 0, whole: false }),
      orphans: repo !== null && isOrphan(placed, repo, referred) ? 1 : 0
    })
  }
  return [...rows.values()].sort((one, other) => compare(one, other))
}

const numberId = (repo: Repo, number: number): string => `${repoId(repo)}#${number}`

const isOrphan = ({ numbers }: PlacedWorktree, repo: Repo, referred: ReadonlySet<string>): boolean =>
  ![...numbers].some((number) => referred.has(numberId(repo, number)))

const emptyRow = (agent: string | null, repo: string | null): InventoryRow => ({
  agent,
  repo,
  sessions: 0,
  oldestSessionMs: null,
  worktrees: 0,
  oldestWorktreeMs: null,
  bytes: 0,
  whole: true,
  orphans: 0
})

/** One row and what comes on top; agent and repo stay. */
const sumRows = (row: InventoryRow, more: Partial<InventoryRow>): InventoryRow => ({
  ...row,
  sessions: row.sessions + (more.sessions ?? 0),
  oldestSessionMs: older(row.oldestSessionMs, more.oldestSessionMs ?? null),
  worktrees: row.worktrees + (more.worktrees ?? 0),
  oldestWorktreeMs: older(row.oldestWorktreeMs, more.oldestWorktreeMs ?? null),
  bytes: row.bytes + (more.bytes ?? 0),
  whole: row.whole && (more.whole ?? true),
  orphans: row.orphans + (more.orphans ?? 0)
})

/** All rows as one. */
export const sumInventory = (rows: readonly InventoryRow[]): InventoryRow =>
  rows.reduce(sumRows, emptyRow(null, null))

const older = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other)

const compare = (one: InventoryRow, other: InventoryRow): number => (nameOf(one) < nameOf(other) ? -1 : 1)

const nameOf = ({ agent, repo }: InventoryRow): string => `${agent ?? '\uffff'}:${repo ?? '\uffff'}`

/** All that is on disk. */
export interface Status {
  readonly at: number
  readonly rows: readonly InventoryRow[]
  /** The worktrees whose removal failed too often in a row. */
  readonly gaveUp: readonly string[]
  /** What is rescued and can be brought back, with the run that took it. */
  readonly rescues: readonly (Pick<RemovedWorktree, 'path' | 'holds' | 'rescue'> & { readonly run: string })[]
  /** The cache clones that wait in the trash and can be brought back, with the run that moved them. */
  readonly cacheClones: readonly (Pick<SetAsideClone, 'path' | 'bytes'> & { readonly run: string })[]
  readonly lastPass: LastPass | null
}

/** How the last pass ended. */
export interface LastPass {
  readonly run: string
  readonly finishedAt: string
  readonly exitCode: number
  /** Its summary line. */
  readonly summary: string
}
