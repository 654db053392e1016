import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UNLIMITED } from '../../src/domain/budget.ts'
import { type Fact, known, type Question, unknown } from '../../src/domain/fact.ts'
import { isSwept, type PlannedClone } from '../../src/domain/plan.ts'
import type { Clone, CloneWork, Session, Usage, Worktree } from '../../src/domain/state.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'
import { Answers } from '../../src/domain/world.ts'
import { decideClones, setClonesAside } from '../../src/pass/clones.ts'
import type { CloneReader } from '../../src/pass/ports.ts'
import type { Hands } from '../../src/pass/remove-all.ts'
import { LOST, RULES } from '../support/worlds.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')

const CLONE: Clone = {
  path: '/cache/repos/charles/gone',
  repo: { owner: 'charles', name: 'gone' },
  place: known(true),
  registered: known(null),
  usage: known(null),
  ageMs: known(40 * DAY)
}
const CLEAN = known<CloneWork>({ holds: null, bytes: 5 })

interface Props {
  readonly clone?: Partial<Clone>
  readonly answer?: Fact<boolean>
  readonly work?: Fact<CloneWork>
  /** For how long its repo is gone. */
  readonly goneMs?: number
  readonly skewMs?: number
  readonly sessions?: readonly Session[]
  readonly leftMs?: number
  /** What is there when all is looked at again. */
  readonly again?: (path: string) => {
    clone?: Partial<Clone>
    sessions?: readonly Session[]
    worktrees?: readonly Worktree[]
  }
  readonly user?: Fact<Usage | null>
  readonly isInterrupted?: boolean
}

/** Decides on one clone, then moves it aside if it is to go. */
async function pass(props: Props = {}) {
  const asked: Question[] = []
  const looks: string[] = []
  const moved: string[] = []
  const clone = { ...CLONE, ...props.clone }
  const reader: CloneReader = {
    days: 30,
    goneRepos: new Map([['charles/gone', { at: NOW - (props.goneMs ?? 2 * DAY) }]]),
    list: () => [clone],
    work: async ({ path }) => {
      looks.push(path)
      return props.work ?? CLEAN
    },
    again: ({ path }) => {
      const now = props.again?.(path) ?? {}
      return { sessions: [], worktrees: [], ...now, clone: { ...clone, ...now.clone } }
    }
  }
  const questioning = {
    answers: new Answers(),
    rules: RULES,
    forgejo: {
      expect() {},
      answer: async (question: Question) => {
        asked.push(question)
        return props.answer ?? known(true)
      },
      requests: () => ({ requests: 0, retries: 0 }),
      skewMs: () => (asked.length > 0 ? (props.skewMs ?? 0) : null),
      compareClocks: async () => {},
      unreachable: () => false
    },
    observer: { deciding() {}, asking() {}, removing() {}, recovered() {}, changed() {} },
    now: NOW,
    budget: props.leftMs === undefined ? UNLIMITED : { leftMs: () => props.leftMs ?? 0 },
    turns: new Map(),
    decided() {}
  }
  const planned = await decideClones(reader, props.sessions ?? [], [], questioning)
  const hands = {
    readers: { clones: reader },
    writers: {
      setCloneAside: async (
        { clone: { path } }: PlannedClone,
        _bytes: number,
        recheck: (path: string) => Promise<string | null>
      ) => {
        moved.push(path)
        return props.user ?? known(await recheck('/cache/sweeper-trash/1/clone'))
      }
    },
    observer: questioning.observer,
    interrupted: () => props.isInterrupted === true
  } as unknown as Hands
  const done = await setClonesAside(planned, hands)
  return { asked, looks, moved, planned: textOf(planned), done: textOf(done), fault: done[0]?.decision.fault }
}

const textOf = ([one]: readonly PlannedClone[]): string =>
  one === undefined ? 'none' : `${isSwept(one) ? 'go' : 'keep'}: ${one.decision.reason}`

test('a clone goes that all lets go: looked into thrice, asked about once', async () => {
  const { asked, looks, moved, planned, done } = await pass()
  assert.deepEqual([planned, done], ['go: not-found', 'go: not-found'])
  assert.deepEqual(asked, [{ kind: 'repo-gone', repo: CLONE.repo }])
  assert.deepEqual([looks.length, moved.length], [3, 1])
})

test('neither is looked into nor asked about what is wanted, and what holds something is not asked about', async () => {
  const session = { text: 'dev:charles/gone:1', key: null, ageMs: 0, heartbeatMs: known(null) }
  const wanted = await pass({ sessions: [session] })
  assert.deepEqual([wanted.looks, wanted.asked, wanted.planned], [[], [], 'keep: referenced'])
  const held = await pass({ work: known({ holds: 'a stash', bytes: 5 }) })
  assert.deepEqual([held.looks.length, held.asked, held.planned], [1, [], 'keep: unsaved'])
})

test('a day has to go by on the slower of both clocks', async () => {
  for (const [goneMs, skewMs, expected] of [
    [DAY, 0, 'go: not-found'],
    [DAY - 1, 0, 'keep: too-young'],
    [DAY, -HOUR, 'keep: too-young'],
    [DAY - HOUR, HOUR, 'keep: too-young'],
    [DAY + HOUR, -HOUR, 'go: not-found']
  ] as const) {
    assert.equal((await pass({ goneMs, skewMs })).planned, expected, `${goneMs} ${skewMs}`)
  }
  assert.equal((await pass({ skewMs: 2 * DAY })).planned, 'keep: unknown')
})

test('past the deadline it stays', async () => {
  const { planned, asked } = await pass({ leftMs: 0 })
  assert.deepEqual([planned, asked], ['keep: deadline', []])
})

for (const [what, props, expected] of [
  ['an interruption', { isInterrupted: true }, 'keep: interrupted'],
  [
    'a new session',
    {
      again: () => ({
        sessions: [{ text: 'dev:charles/gone:1', key: null, ageMs: 0, heartbeatMs: known(null) }]
      })
    },
    'keep: referenced'
  ],
  ['a new worktree', { again: () => ({ clone: { registered: known('x') } }) }, 'keep: referenced'],
  ['a fetch', { again: () => ({ clone: { ageMs: known(0) } }) }, 'keep: too-young'],
  ['a process', { again: () => ({ clone: { usage: known('process 1') } }) }, 'keep: busy'],
  [
    'a fetch right before the move',
    { again: (path: string) => (path === CLONE.path ? {} : { clone: { ageMs: known(0) } }) },
    'keep: too-young'
  ],
  ['a process right after the move', { user: known('process 1') }, 'keep: busy'],
  ['a failure', { user: unknown('REMOVE_FAILED', 'no room') }, 'keep: failed']
] as const satisfies readonly (readonly [string, Props, string])[]) {
  test(`${what} between the decision and the move keeps it`, async () => {
    const { planned, done } = await pass(props)
    assert.deepEqual([planned, done], ['go: not-found', expected])
  })
}

test('what cannot be looked at again stays, and is an error', async () => {
  const again = () => {
    throw new Error('the store is corrupt')
  }
  const { done, fault, moved } = await pass({ again })
  assert.deepEqual([done, fault?.code, moved], ['keep: failed', 'REMOVE_FAILED', []])
  assert.match(fault?.message ?? '', /the store is corrupt$/)
  assert.equal((await pass({ answer: LOST })).planned, 'keep: unknown')
})
