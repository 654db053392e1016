import { startBudget, UNLIMITED } from '../../src/domain/budget.ts'
import { type Fact, known, type Question } from '../../src/domain/fact.ts'
import type { Report } from '../../src/domain/report.ts'
import type { Session, Worktree } from '../../src/domain/state.ts'
import { noteTurns, type Turns } from '../../src/domain/turns.ts'
import { runPass } from '../../src/pass/pass.ts'
import { PUSHED } from './work.ts'
import { RULES } from './worlds.ts'

/** What passes in memory go over, and what they leave of it. */
export interface PacedWorld {
  sessions: readonly Session[]
  worktrees: readonly Worktree[]
  readonly answer: (question: Question) => Fact<unknown>
  turns: Turns
  /** What was asked in the pass that ran last, and in which order. */
  asked: Question[]
}

/** How long a question takes, in milliseconds. */
const QUESTION_MS = 200

const NOW = Date.parse('2026-11-20T06:00:00Z')

/** One real pass in which every question takes its time; `questions` fit into its budget. */
export async function runPaced(world: PacedWorld, questions = Number.POSITIVE_INFINITY): Promise<Report> {
  let tick = 0
  const clock = { now: () => NOW + tick, monotonic: () => tick, sleep: async () => {}, random: () => 0 }
  world.asked = []
  const readers = {
    sessions: () => world.sessions,
    worktrees: () => world.worktrees,
    liveness: () => ({ usage: known(null), heartbeatMs: known(null) }),
    heartbeat: () => known(null),
    rewritten: () => known([]),
    work: async () => known(PUSHED),
    failures: () => undefined,
    turns: () => world.turns,
    clones: null,
    forgejo: {
      expect: () => {},
      answer: async (question: Question) => {
        tick += QUESTION_MS
        world.asked.push(question)
        return world.answer(question)
      },
      requests: () => ({ requests: world.asked.length, retries: 0 }),
      skewMs: () => 0,
      compareClocks: async () => {},
      unreachable: () => false
    }
  }
  const observer = { deciding() {}, asking() {}, removing() {}, recovered() {}, changed() {} }
  const budget = Number.isFinite(questions) ? startBudget(questions * QUESTION_MS, clock) : UNLIMITED
  const tools = { readers, writers: writersOf(world), observer, clock, budget, interrupt: () => null }
  const options = { run: '20261120T060000Z-4f2a', version: '0.0.0', dryRun: false, maxRemovals: 0 }
  return runPass(tools, { ...options, rules: RULES })
}

/** What goes is gone from the world, and whose turn it was is remembered as the ledger does. */
function writersOf(world: PacedWorld): Parameters<typeof runPass>[0]['writers'] {
  return {
    recover: async () => [],
    removeWorktree: async ({ path }) => {
      world.worktrees = world.worktrees.filter((worktree) => worktree.path !== path)
      return { kind: 'removed', rescue: null, holds: null, bytes: PUSHED.bytes }
    },
    finishRemovals: async () => new Map(),
    setCloneAside: async () => known(null),
    dropSessions: async (drops) => {
      const gone = new Set(drops.map(({ session }) => session.text))
      world.sessions = world.sessions.filter(({ text }) => !gone.has(text))
      return { gone, fault: null }
    },
    remember: async ({ hadTurn, missedTurn }) => {
      world.turns = noteTurns(world.turns, hadTurn, missedTurn)
    }
  }
}
