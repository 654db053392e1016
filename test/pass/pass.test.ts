import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UNLIMITED } from '../../src/domain/budget.ts'
import type { Clock } from '../../src/domain/clock.ts'
import { type Fact, known, type Question, unknown } from '../../src/domain/fact.ts'
import type { Failures } from '../../src/domain/guard-removal.ts'
import { DEFAULT_BRANCH_PATTERN, parseSessionKey } from '../../src/domain/names.ts'
import type { IssueState, Session, Usage, Work, Worktree } from '../../src/domain/state.ts'
import { summarize } from '../../src/domain/summary.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { type PassTools, runPass } from '../../src/pass/pass.ts'
import type { Memory, Readers, Writers } from '../../src/pass/ports.ts'
import { PUSHED } from '../support/work.ts'

const NOW = Date.parse('2026-11-20T06:00:00Z')
const REPO = { owner: 'charles', name: 'peon' }
const CLOSED: Fact<IssueState> = known({ state: 'closed', pull: false, merged: false, closedAt: null })

const session = (text: string, ageMs = 0): Session => ({
  text,
  key: parseSessionKey(text) ?? null,
  ageMs,
  heartbeatMs: known(null)
})

const worktree = (branch: string, more: Partial<Worktree> = {}): Worktree => ({
  path: `/cache/worktrees/dev/${branch}`,
  agent: 'dev',
  place: known(true),
  repo: known(REPO),
  branch,
  namedBranch: null,
  locked: known(null),
  usage: known(null),
  heartbeatMs: known(null),
  ageMs: known(0),
  ...more
})

/** A pass over things in memory: what it is given, and what it did. */
interface Stage {
  readonly tools: PassTools
  readonly asked: Question[]
  readonly removed: string[]
  readonly dropped: string[]
  memory: Memory | undefined
}

interface Props {
  readonly sessions?: readonly Session[]
  readonly worktrees?: readonly Worktree[]
  readonly issue?: (number: number) => Fact<unknown>
  readonly work?: Fact<Work>
  readonly usageLater?: Fact<Usage | null>
  readonly heartbeatLater?: Fact<number | null>
  readonly rewritten?: Fact<readonly string[]>
  readonly failures?: Failures
  readonly skewMs?: number
  readonly now?: number
  readonly writers?: Partial<Writers>
  readonly interrupt?: (stage: Stage) => 'SIGINT' | 'SIGTERM' | null
}

function setUp(props: Props): Stage {
  const asked: Question[] = []
  const removed: string[] = []
  const dropped: string[] = []
  const clock: Clock = {
    now: () => props.now ?? NOW,
    monotonic: () => 0,
    sleep: async () => {},
    random: () => 0
  }
  const readers: Readers = {
    sessions: () => props.sessions ?? [],
    worktrees: () => props.worktrees ?? [],
    liveness: () => ({
      usage: props.usageLater ?? known(null),
      heartbeatMs: props.heartbeatLater ?? known(null)
    }),
    heartbeat: () => props.heartbeatLater ?? known(null),
    rewritten: () => {
      const { rewritten = known([]) } = props
      return rewritten.known
        ? known(rewritten.value.flatMap((text) => parseSessionKey(text) ?? []))
        : rewritten
    },
    work: async () => props.work ?? known(PUSHED),
    failures: () => props.failures,
    turns: () => new Map(),
    clones: null,
    forgejo: {
      expect() {},
      answer: async (question) => {
        asked.push(question)
        if (!('number' in question)) return known([])
        return props.issue?.(question.number) ?? CLOSED
      },
      requests: () => ({ requests: asked.length, retries: 0 }),
      skewMs: () => (asked.length > 0 ? (props.skewMs ?? 0) : null),
      compareClocks: async () => {},
      unreachable: () => false
    }
  }
  const writers: Writers = {
    recover: async () => [],
    removeWorktree: async ({ path }) => {
      removed.push(path)
      return { kind: 'removed', rescue: null, holds: null, bytes: PUSHED.bytes }
    },
    finishRemovals: async () => new Map(),
    setCloneAside: async () => known(null),
    dropSessions: async (drops) => {
      dropped.push(...drops.map(({ session: { text } }) => text))
      return { gone: new Set(dropped), fault: null }
    },
    remember: async (memory) => {
      stage.memory = memory
    },
    ...props.writers
  }
  const observer = { deciding() {}, asking() {}, removing() {}, recovered() {}, changed() {} }
  const interrupt = () => props.interrupt?.(stage) ?? null
  const stage: Stage = {
    tools: { readers, writers, observer, clock, budget: UNLIMITED, interrupt },
    asked,
    removed,
    dropped,
    memory: undefined
  }
  return stage
}

const run = (stage: Stage, maxRemovals = 0) =>
  runPass(stage.tools, {
    run: '20261120T060000Z-4f2a',
    version: '0.0.0',
    dryRun: false,
    maxRemovals,
    rules: {
      maxAgeDays: 30,
      protect: [],
      branchPattern: new RegExp(DEFAULT_BRANCH_PATTERN),
      passIntervalMs: 6 * HOUR,
      retryFailed: false,
      staleMs: 10 * MINUTE,
      broughtBack: new Set<string>()
    }
  })

test('one question per distinct issue, however many agents share it', async () => {
  const stage = setUp({
    sessions: ['dev', 'boss', 'reviewer'].map((agent) => session(`${agent}:charles/peon:7`)),
    worktrees: [worktree('dev/7'), worktree('boss/7')]
  })
  const report = await run(stage)
  assert.deepEqual(
    stage.asked.map(({ kind }) => kind),
    ['issue', 'open-pulls']
  )
  assert.deepEqual(report.swept, { sessions: 3, worktrees: 2, cacheClones: 0, artifacts: 0, containers: 0 })
  assert.equal(
    summarize(report),
    'swept: 3 sessions, 2 worktrees, 0 cache clones; skipped: 0 (still active); freed: 2.0 kB'
  )
})

test('a wrong clock, found out late, takes back what was decided by age, and is one error', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:1', 40 * DAY)],
    worktrees: [worktree('dev/1', { ageMs: known(40 * DAY) }), worktree('topic', { ageMs: known(40 * DAY) })],
    issue: () => known({ state: 'missing' }),
    skewMs: -40 * DAY
  })
  const report = await run(stage)
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['CLOCK_SKEW']
  )
  assert.deepEqual([stage.dropped, stage.removed], [[], []])
  assert.equal(stage.memory?.clockTrusted, false)
})

test('a clock of 1970 removes nothing by age, asked or not', async () => {
  const stage = setUp({ sessions: [session('dev:charles/peon:1', 40 * DAY)], now: 1000 })
  const report = await run(stage)
  assert.deepEqual(stage.dropped, [])
  assert.match(report.errors[0]?.message ?? '', /clock says 1970/)
})

test('a worktree found in use right before its removal stays, with its session', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:7')],
    worktrees: [worktree('dev/7')],
    usageLater: known('process 1 (node)')
  })
  const report = await run(stage)
  assert.deepEqual([stage.removed, stage.dropped], [[], []])
  assert.deepEqual(
    report.entries.map(({ reason }) => reason),
    ['busy', 'busy']
  )
  assert.equal(report.exitCode, 0)
})

test('who uses it cannot be told right before its removal: both stay, as errors', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:7')],
    worktrees: [worktree('dev/7')],
    usageLater: unknown('PROCESSES_UNREADABLE', 'no /proc')
  })
  const report = await run(stage)
  assert.deepEqual([stage.removed, stage.dropped], [[], []])
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['PROCESSES_UNREADABLE', 'PROCESSES_UNREADABLE']
  )
})

for (const [name, rewritten, removed] of [
  ['of its issue, by whatever agent', known(['boss:Charles/Peon:7']), false],
  ['of another issue', known(['dev:charles/peon:8', 'dev:charles/other:7']), true],
  ['nobody can tell', unknown('STORE_UNREADABLE', 'it is gone'), false]
] as const) {
  test(`a worktree ${removed ? 'goes' : 'stays'} when the service wrote a session meanwhile: ${name}`, async () => {
    const stage = setUp({ worktrees: [worktree('dev/7')], rewritten })
    await run(stage)
    assert.equal(stage.removed.length === 1, removed)
  })
}

test('an agent that gives a sign of life before its session is dropped keeps it', async () => {
  const stage = setUp({ sessions: [session('dev:charles/peon:7')], heartbeatLater: known(MINUTE) })
  const report = await run(stage)
  assert.deepEqual(stage.dropped, [])
  assert.deepEqual(
    report.entries.map(({ reason }) => reason),
    ['busy']
  )
})

test('an entry that the service rewrote meanwhile counts as busy', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:7')],
    writers: { dropSessions: async () => ({ gone: new Set(), fault: null }) }
  })
  const report = await run(stage)
  assert.deepEqual(report.skipped, { total: 1, byReason: { busy: 1 } })
})

test('a store that cannot be written is an error, and the worktrees are gone all the same', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:7'), session('no key')],
    worktrees: [worktree('dev/7')],
    writers: {
      dropSessions: async () => {
        throw new Error('ENOSPC: no space left on device')
      }
    }
  })
  const report = await run(stage)
  assert.deepEqual(stage.removed, ['/cache/worktrees/dev/dev/7'])
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['KEY_INVALID', 'STORE_WRITE_FAILED']
  )
  assert.equal(report.exitCode, 1)
})

test('a store that cannot be written once the service has dropped some: each is told as it is', async () => {
  const fault = 'ENOSPC: no space left on device'
  const stage = setUp({
    sessions: [session('dev:charles/peon:7'), session('boss:charles/peon:7')],
    writers: { dropSessions: async () => ({ gone: new Set(['dev:charles/peon:7']), fault }) }
  })
  const report = await run(stage)
  assert.deepEqual(
    report.entries.map(({ action, reason }) => [action, reason]),
    [
      ['drop', 'closed'],
      ['keep', 'failed']
    ]
  )
  assert.equal(report.errors[0]?.message, `Not every session was dropped: ${fault}`)
})

test('what a full disk keeps from being remembered is an error of the pass', async () => {
  const stage = setUp({
    writers: {
      remember: () => {
        throw new Error('ENOSPC: no space left on device')
      }
    }
  })
  const report = await run(stage)
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['LEDGER_WRITE_FAILED']
  )
})

const failing: Partial<Writers> = { removeWorktree: async () => ({ kind: 'failed', why: 'EBUSY' }) }

for (const [name, failures, reason, tried] of [
  ['the first failure', undefined, 'failed', true],
  ['after one failure the next pass tries again', { count: 1, lastAt: NOW - 6 * HOUR }, 'failed', true],
  ['after two failures one pass goes by', { count: 2, lastAt: NOW - 5 * HOUR }, 'failed', false],
  ['after three failures three passes go by', { count: 3, lastAt: NOW - 17 * HOUR }, 'failed', false],
  ['the fifth failure gives up', { count: 4, lastAt: NOW - 50 * HOUR }, 'gave-up', true],
  ['what gave up is not tried again', { count: 5, lastAt: 0 }, 'gave-up', false]
] as const) {
  test(`a removal that fails: ${name}`, async () => {
    const props = { worktrees: [worktree('dev/7')], writers: failing }
    const stage = setUp(failures === undefined ? props : { ...props, failures })
    const report = await run(stage)
    assert.equal(report.entries[0]?.reason, reason)
    assert.equal(report.errors.length, tried ? 1 : 0)
    assert.equal(stage.memory?.failed.size, tried ? 1 : 0)
    assert.equal(report.gaveUp, reason === 'gave-up' ? 1 : 0)
  })
}

test('what was saved when it was decided on, and is not any more, stays', async () => {
  const stage = setUp({
    worktrees: [worktree('dev/7')],
    writers: { removeWorktree: async () => ({ kind: 'unsaved', holds: '1 untracked file (a)' }) }
  })
  const report = await run(stage)
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['UNSAVED_WORK']
  )
  assert.equal(report.freedBytes, 0)
})

test('a worktree that cannot be looked into stays, as an error', async () => {
  const stage = setUp({ worktrees: [worktree('dev/7')], work: unknown('WORKTREE_UNREADABLE', 'EACCES') })
  const report = await run(stage)
  assert.equal(report.errors[0]?.code, 'WORKTREE_UNREADABLE')
  assert.deepEqual(stage.removed, [])
})

test('interrupted between two removals: the first is done with its session, the second stays with its own', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:7'), session('dev:charles/peon:8')],
    worktrees: [worktree('dev/7'), worktree('dev/8')],
    interrupt: ({ removed }) => (removed.length > 0 ? 'SIGTERM' : null)
  })
  const report = await run(stage)
  assert.equal(report.exitCode, 143)
  assert.deepEqual(stage.removed, ['/cache/worktrees/dev/dev/7'])
  assert.deepEqual(stage.dropped, ['dev:charles/peon:7'])
  assert.deepEqual(report.skipped, { total: 2, byReason: { interrupted: 2 } })
})

test('interrupted while it asks: nothing that was decided so far is begun', async () => {
  const stage = setUp({
    sessions: [session('dev:charles/peon:7')],
    interrupt: ({ asked }) => (asked.length > 0 ? 'SIGINT' : null)
  })
  const report = await run(stage)
  assert.equal(report.exitCode, 130)
  assert.deepEqual(stage.dropped, [])
})

test('what an earlier pass left half done and cannot be ended is an error', async () => {
  const recovery = { kind: 'worktree', path: '/trash/x', how: 'failed', why: 'EBUSY' } as const
  const stage = setUp({ writers: { recover: async () => [recovery] } })
  const report = await run(stage)
  assert.deepEqual(
    report.errors.map(({ code }) => code),
    ['RECOVERY_FAILED']
  )
})
