import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keep } from '../../src/domain/decision.ts'
import { type Fact, known, type Repo } from '../../src/domain/fact.ts'
import { parseSessionKey } from '../../src/domain/names.ts'
import { worktreeFacts } from '../../src/domain/relate.ts'
import { SessionIndex } from '../../src/domain/session-index.ts'
import type { IssueState } from '../../src/domain/state.ts'
import { Answers, placeWorktree } from '../../src/domain/world.ts'
import { RULES } from '../support/worlds.ts'

const repo = { owner: 'charles', name: 'peon' }

/** Answers that count how often they are looked at. */
class CountingAnswers extends Answers {
  looks = 0

  override issue(of: Repo, number: number): Fact<IssueState> {
    this.looks += 1
    return super.issue(of, number)
  }
}

const placedOn = (branch: string, namedBranch: string) =>
  placeWorktree(
    {
      path: `/w/${branch}`,
      agent: 'dev',
      branch,
      namedBranch,
      place: known(true),
      repo: known(repo),
      locked: known(null),
      usage: known(null),
      heartbeatMs: known(null),
      ageMs: known(0)
    },
    RULES.branchPattern
  )

const decided = (text: string) => ({
  session: { text, key: parseSessionKey(text) ?? null, ageMs: 0, heartbeatMs: known(null) },
  decision: keep('protected')
})

/** Sessions on so many closed pull requests, each with a head branch of its own. */
function scene(count: number): { index: SessionIndex; answers: CountingAnswers } {
  const answers = new CountingAnswers()
  const sessions = Array.from({ length: count }, (_, index) => {
    const number = index + 1
    answers.record(
      { kind: 'issue', repo, number },
      known({ state: 'closed', pull: true, merged: false, closedAt: null })
    )
    answers.record({ kind: 'pull-head', repo, number }, known(`topic-${number}`))
    return decided(`dev:charles/peon:${number}`)
  })
  return { index: new SessionIndex(sessions, answers), answers }
}

test('many sessions on pull requests are looked through once for many worktrees', () => {
  const { index, answers } = scene(500)
  answers.looks = 0
  for (let number = 1; number <= 500; number += 1) {
    const facts = worktreeFacts(placedOn(`topic-${number}`, `topic-${number}`), index, answers, RULES, null)
    assert.deepEqual(facts.referencedBy, known(`dev:charles/peon:${number}`))
    assert.deepEqual(facts.closedPull, known({ number, merged: false, closedAt: null }))
  }
  assert.ok(answers.looks <= 3 * 500, `${answers.looks} looks`)
})

test('an answer that came since counts, and so do the answers of somebody else', () => {
  const { index, answers } = scene(1)
  const look = (by: Answers) => worktreeFacts(placedOn('late', 'late'), index, by, RULES, null).referencedBy
  assert.deepEqual(look(answers), known(null))
  answers.record({ kind: 'pull-head', repo, number: 1 }, known('late'))
  assert.deepEqual(look(answers), known('dev:charles/peon:1'))
  assert.equal(look(new Answers()).known, false)
})

test('of two sessions on its branches the first refers to a worktree', () => {
  const { index, answers } = scene(3)
  const { referencedBy } = worktreeFacts(placedOn('topic-3', 'topic-2'), index, answers, RULES, null)
  assert.deepEqual(referencedBy, known('dev:charles/peon:2'))
})
