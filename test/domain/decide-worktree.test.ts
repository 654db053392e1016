import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideWorktree, type WorktreeFacts } from '../../src/domain/decide-worktree.ts'
import { known, notAsked, unknown } from '../../src/domain/fact.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'

const repo = { owner: 'o', name: 'r' }
const failed = unknown('FORGEJO_TIMEOUT', 'too slow')
const damaged = unknown('REGISTRATION_DAMAGED', 'no .git')
const listUnasked = notAsked({ kind: 'open-pulls', repo })
const issueUnasked = notAsked({ kind: 'issue', repo, number: 7 })
const closed = known({ state: 'closed', pull: false, merged: false, closedAt: 'then' } as const)
const merged = known({ state: 'closed', pull: true, merged: true, closedAt: 'then' } as const)
const missing = known({ state: 'missing' } as const)
const hidden = known({ state: 'not-visible' } as const)
const closedPull = { number: 9, merged: false, closedAt: null }

/** An orphan whose issue is closed and that nothing protects. */
const CLOSED: WorktreeFacts = {
  place: known(true),
  protectedBy: known(null),
  locked: known(null),
  referencedBy: known(null),
  openPull: known(null),
  usage: known(null),
  heartbeatMs: known(null),
  staleMs: 10 * MINUTE,
  number: known(7),
  issue: closed,
  closedPull: known(null),
  ageMs: known(0),
  clockFault: null
}
const aged = (ms: number) => ({ ageMs: known(ms) })
const noNumber = { number: known(null), issue: unknown('NOT_ASKED', 'no number') }

const ROWS: readonly (readonly [string, Partial<WorktreeFacts>, string])[] = [
  [
    'row 1: no place to remove from',
    { place: unknown('UNSAFE_PATH', 'a link') },
    'keep unsafe-path UNSAFE_PATH'
  ],
  ['row 2: protected', { protectedBy: known('o/*'), locked: known('x') }, 'keep protected'],
  ['row 2: locked', { locked: known('') }, 'keep locked'],
  [
    'row 3: a kept session refers to it',
    { referencedBy: known('dev:o/r:7'), openPull: known(9) },
    'keep referenced'
  ],
  [
    'row 3: a kept session is on an open pull request',
    { referencedBy: listUnasked },
    'keep unknown NOT_ASKED'
  ],
  ['row 4: head of an open pull request', { openPull: known(9), usage: known('x') }, 'keep open-pull'],
  ['row 5: in use', { usage: known('index.lock') }, 'keep busy'],
  ['row 5: a heartbeat is fresh', { heartbeatMs: known(MINUTE) }, 'keep busy'],
  [
    'a heartbeat that cannot be read',
    { heartbeatMs: damaged, issue: closed },
    'keep unknown REGISTRATION_DAMAGED'
  ],
  ['row 6: its issue is closed', {}, 'remove closed'],
  ['row 6: its pull request is merged', { issue: merged }, 'remove merged'],
  [
    'row 6: head of a closed pull request, its issue open',
    { issue: known({ state: 'open', pull: false }), closedPull: known(closedPull) },
    'remove closed'
  ],
  [
    'row 6: head of a merged pull request, no number',
    { ...noNumber, closedPull: known({ ...closedPull, merged: true }) },
    'remove merged'
  ],
  [
    'row 6: whether it is such a head has to be asked first',
    { issue: missing, closedPull: notAsked({ kind: 'pull-head', repo, number: 9 }) },
    'keep unknown NOT_ASKED'
  ],
  [
    'row 6: whether it is such a head stays unknown',
    { ...noNumber, closedPull: failed, ...aged(31 * DAY) },
    'remove max-age'
  ],
  ['row 7: its issue is open', { issue: known({ state: 'open', pull: true }) }, 'keep open'],
  [
    'row 7: open, though the list is unknown',
    { issue: known({ state: 'open', pull: true }), openPull: failed },
    'keep open'
  ],
  [
    'row 8: its issue is missing for more than an hour',
    { issue: missing, ...aged(HOUR + 1) },
    'remove not-found'
  ],
  [
    'row 8: its issue is missing, but it may be new',
    { issue: missing, ...aged(59 * MINUTE) },
    'keep too-young'
  ],
  [
    'row 8: missing, by a wrong clock',
    { issue: missing, ...aged(2 * HOUR), clockFault: 'wrong' },
    'keep unknown'
  ],
  ['row 8: missing, age unknown', { issue: missing, ageMs: damaged }, 'keep unknown REGISTRATION_DAMAGED'],
  ['row 9: no number, old', { ...noNumber, ...aged(31 * DAY) }, 'remove max-age'],
  ['row 9: no number, young', { ...noNumber, ...aged(30 * DAY) }, 'keep too-young'],
  [
    'row 9: its repo is not visible, old; it has no list to give',
    { issue: hidden, openPull: listUnasked, ...aged(31 * DAY) },
    'remove max-age'
  ],
  [
    'row 9: its repo is not visible, but its list failed',
    { issue: hidden, openPull: failed, ...aged(31 * DAY) },
    'keep unknown FORGEJO_TIMEOUT'
  ],
  ['row 9: its repo is not visible, young', { issue: hidden, ...aged(DAY) }, 'keep too-young'],
  ['row 9: old by a wrong clock', { ...noNumber, ...aged(31 * DAY), clockFault: 'wrong' }, 'keep unknown'],
  ['row 10: its issue is unknown', { issue: failed }, 'keep unknown FORGEJO_TIMEOUT'],
  ['row 10: its issue is not asked yet', { issue: issueUnasked }, 'keep unknown NOT_ASKED'],
  ['row 10: its repo is unknown', { number: damaged }, 'keep unknown REGISTRATION_DAMAGED']
]

for (const [name, facts, expected] of ROWS) {
  test(`${name} → ${expected}`, () => {
    const { action, reason, fault } = decideWorktree({ ...CLOSED, ...facts }, 30)
    assert.equal([action, reason, fault?.code].filter(Boolean).join(' '), expected)
  })
}

for (const fact of ['protectedBy', 'locked', 'referencedBy', 'openPull', 'usage'] as const) {
  test(`closed, but ${fact} is unknown → keep, unknown`, () => {
    assert.equal(decideWorktree({ ...CLOSED, [fact]: failed }, 30).reason, 'unknown')
  })
}

test('of two doubts the one that no question can settle is told', () => {
  const both = decideWorktree({ ...CLOSED, openPull: listUnasked, usage: damaged }, 30)
  assert.deepEqual([both.fault?.code, both.question], ['REGISTRATION_DAMAGED', undefined])
  assert.equal(decideWorktree({ ...CLOSED, openPull: listUnasked }, 30).question?.kind, 'open-pulls')
  const referenced = decideWorktree({ ...CLOSED, referencedBy: issueUnasked }, 30)
  assert.equal(referenced.question?.kind, 'issue')
})
