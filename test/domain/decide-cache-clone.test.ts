import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type CacheCloneFacts,
  decideCacheClone,
  explainCacheClone
} from '../../src/domain/decide-cache-clone.ts'
import { type Fact, known, notAsked, unknown } from '../../src/domain/fact.ts'
import { DAY } from '../../src/domain/time.ts'
import { fact, LOST, maybe } from '../support/worlds.ts'

const REPO = { owner: 'charles', name: 'gone' }

const GOES: CacheCloneFacts = {
  place: known(true),
  protectedBy: null,
  session: null,
  worktree: known(null),
  usage: known(null),
  ageMs: known(31 * DAY),
  work: known({ holds: null, bytes: 1 }),
  gone: known(true),
  goneMs: DAY,
  clockFault: null
}

const ROWS: readonly (readonly [string, Partial<CacheCloneFacts>, string])[] = [
  ['all that lets it go', {}, 'remove: not-found'],
  ['no place to move from', { place: LOST }, 'keep: unsafe-path'],
  ['a protect pattern', { protectedBy: 'charles/*' }, 'keep: protected'],
  ['a session', { session: 'dev:charles/gone:1' }, 'keep: referenced'],
  ['a worktree', { worktree: known('dev/x') }, 'keep: referenced'],
  ['worktrees that nobody can list', { worktree: LOST }, 'keep: unknown'],
  ['a process', { usage: known('process 1') }, 'keep: busy'],
  ['processes that nobody can see', { usage: LOST }, 'keep: unknown'],
  ['a fetch 30 days ago', { ageMs: known(30 * DAY) }, 'keep: too-young'],
  ['a fetch that nobody knows of', { ageMs: LOST }, 'keep: unknown'],
  ['a stash', { work: known({ holds: 'a stash', bytes: 1 }) }, 'keep: unsaved'],
  ['what nobody can look into', { work: LOST }, 'keep: unknown'],
  ['its repo', { gone: known(false) }, 'keep: visible'],
  ['one answer alone', { goneMs: DAY - 1 }, 'keep: too-young'],
  ['no answer', { gone: LOST }, 'keep: unknown'],
  ['a wrong clock', { clockFault: 'it is 1970' }, 'keep: unknown']
]

for (const [what, facts, expected] of ROWS) {
  test(`${what}: ${expected}`, () => {
    const decided = { ...GOES, ...facts }
    const { action, reason } = decideCacheClone(decided, 30)
    assert.equal(`${action}: ${reason}`, expected)
    const last = explainCacheClone(decided, 30).findLast(({ outcome }) => outcome !== null)
    assert.equal(`${last?.outcome?.action}: ${last?.outcome?.reason}`, expected)
  })
}

test('Forgejo is asked about what all else lets go, and nothing else', () => {
  const gone = notAsked({ kind: 'repo-gone', repo: REPO })
  for (const [what, facts] of ROWS) {
    const { question } = decideCacheClone({ ...GOES, ...facts, gone }, 30)
    const isLocal = !('gone' in facts || 'goneMs' in facts || 'clockFault' in facts)
    assert.equal(question === undefined, isLocal && Object.keys(facts).length > 0, what)
  }
})

test('what explain says that each rule saw', () => {
  const saw = (facts: Partial<CacheCloneFacts>) =>
    explainCacheClone({ ...GOES, ...facts }, 30).map((step) => step.saw)
  assert.deepEqual(saw({}), [
    ...['it is one', 'none', 'none', 'none', 'none', '31.0 days old, limit 30', 'none'],
    ...['it is gone', 'gone for 1.0 days', 'it is known', 'it is right']
  ])
  const not = unknown('NOT_ASKED', 'nobody')
  assert.deepEqual(
    saw({ place: LOST, protectedBy: 'a/b', session: 's', work: not, gone: not, clockFault: 'x' }).slice(
      0,
      10
    ),
    [
      ...['unknown', 'a/b', 's', 'none', 'none', '31.0 days old, limit 30; x', 'not asked'],
      ...['not asked', 'not asked', 'not asked']
    ]
  )
  assert.deepEqual(saw({ gone: known(false), work: known({ holds: 'h', bytes: 0 }) }).slice(6, 9), [
    ...['h', 'it is', 'it is not']
  ])
  assert.equal(saw({ clockFault: 'it is 1970' }).at(-1), 'it is 1970')
})

const facts = fc.record({
  place: fact(fc.constant(true as const)),
  protectedBy: maybe('a/b'),
  session: maybe('dev:a/b:1'),
  worktree: fact(maybe('w')),
  usage: fact(maybe('git')),
  ageMs: fact(fc.constantFrom(0, 31 * DAY)),
  work: fact(maybe('a stash').map((holds) => ({ holds, bytes: 1 }))),
  gone: fact(fc.boolean()),
  goneMs: fc.constantFrom(0, DAY),
  clockFault: maybe('wrong')
})

test('turning any fact of a clone unknown never lets it go', () => {
  const names = ['place', 'worktree', 'usage', 'ageMs', 'work', 'gone'] as const
  fc.assert(
    fc.property(facts, fc.constantFrom(...names), (before, name) => {
      const doubted: CacheCloneFacts = { ...before, [name]: LOST satisfies Fact<never> }
      assert.equal(decideCacheClone(doubted, 30).action, 'keep')
    })
  )
})
