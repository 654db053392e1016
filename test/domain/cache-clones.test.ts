import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Decision, keep } from '../../src/domain/decision.ts'
import { type Fact, known, notAsked } from '../../src/domain/fact.ts'
import { noteGone } from '../../src/domain/gone-repos.ts'
import { parseSessionKey } from '../../src/domain/names.ts'
import { isSkipped, nameOf, type PlannedClone } from '../../src/domain/plan.ts'
import { parseProtectPattern } from '../../src/domain/protect.ts'
import { cloneProtection, localCloneFacts } from '../../src/domain/relate-clone.ts'
import type { Clone, Worktree } from '../../src/domain/state.ts'
import { LOST, RULES } from '../support/worlds.ts'

const CLONE: Clone = {
  path: '/cache/repos/charles/gone',
  repo: { owner: 'charles', name: 'gone' },
  place: known(true),
  registered: known(null),
  usage: known(null),
  ageMs: known(0)
}

const session = (text: string) => ({
  text,
  key: parseSessionKey(text) ?? null,
  ageMs: 0,
  heartbeatMs: known(null)
})

for (const [text, isOf] of [
  ['dev:charles/gone:1', true],
  ['dev:Charles/GONE:1', true],
  ['charles/gone', true],
  ['x Charles/Gone y', true],
  ['dev:charles/gone2:1', false],
  ['nonsense', false]
] as const) {
  test(`the key ${text} is ${isOf ? '' : 'not '}of charles/gone`, () => {
    assert.equal(localCloneFacts(CLONE, [session(text)], []).session, isOf ? text : null)
  })
}

const worktree = (repo: Worktree['repo']) => ({ path: '/w', repo }) as Worktree

test('a worktree is of a clone by its repo, by its registration, or as far as nobody can tell', () => {
  const of = (clone: Partial<Clone>, ...repos: Worktree['repo'][]) =>
    localCloneFacts({ ...CLONE, ...clone }, [], repos.map(worktree)).worktree
  assert.deepEqual(of({}), known(null))
  assert.deepEqual(of({}, known({ owner: 'charles', name: 'peon' })), known(null))
  assert.deepEqual(of({}, known({ owner: 'Charles', name: 'Gone' })), known('/w'))
  assert.deepEqual(of({}, LOST), known('/w'))
  assert.deepEqual(of({ registered: known('mine') }), known('mine'))
  assert.deepEqual(of({ registered: LOST }), LOST)
})

test('a clone is protected by patterns of its repo and by an undo', () => {
  const by = (text: string, broughtBack: string[] = []) => {
    const pattern = parseProtectPattern(text)
    const protect = pattern === undefined ? [] : [pattern]
    return cloneProtection(CLONE, { ...RULES, protect, broughtBack: new Set(broughtBack) })
  }
  assert.equal(by('charles/*'), 'charles/*')
  assert.equal(by('*:charles/gone:*'), '*:charles/gone:*')
  assert.equal(by('boss:*'), null)
  assert.equal(by('bob/gone'), null)
  assert.equal(by('', [CLONE.path]), 'brought back by undo')
})

const planned = (gone: Fact<boolean>, decision: Decision = keep('too-young')): PlannedClone =>
  ({ kind: 'cache-clone', clone: CLONE, facts: { gone }, decision }) as PlannedClone

test('only answers that a repo is gone begin and keep a note, and no answer leaves it', () => {
  const BEFORE = new Map([['charles/gone', { at: 5 }]])
  const note = (one: PlannedClone, at: number | null = 9, before = BEFORE) =>
    noteGone(before, [one], at).get('charles/gone')?.at
  const none = new Map()
  assert.equal(note(planned(known(true))), 5)
  assert.equal(note(planned(known(true)), 9, none), 9)
  assert.equal(note(planned(known(true)), null, none), undefined)
  assert.equal(note(planned(known(true)), null), 5)
  assert.equal(note(planned(known(true)), 4), 4)
  assert.equal(note(planned(known(true)), 9, new Map([['charles/other', { at: 1 }]])), 9)
  assert.equal(note(planned(known(false))), undefined)
  assert.equal(note(planned(LOST)), 5)
  assert.equal(note(planned(LOST), 9, none), undefined)
  const unasked = notAsked({ kind: 'repo-gone', repo: CLONE.repo })
  assert.equal(note(planned(unasked, keep('deadline'))), 5)
  assert.equal(note(planned(unasked, keep('busy'))), undefined)
  const gone = { action: 'remove', reason: 'not-found', evidence: {} } as const
  assert.equal(note(planned(known(true), gone)), undefined)
  assert.deepEqual(noteGone(BEFORE, [], 9), new Map())
})

test('a clone is called by its path and does not count as skipped', () => {
  assert.equal(nameOf(planned(known(false))), CLONE.path)
  assert.equal(isSkipped(planned(known(false))), false)
})
