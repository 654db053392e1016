import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Question } from '../../src/domain/fact.ts'
import { parseOpenPage } from '../../src/forgejo/meaning.ts'
import { TransportError } from '../../src/forgejo/transport.ts'
import { askForgejo } from '../support/asked-forgejo.ts'
import { ForgejoStandIn, type Item } from '../support/forgejo-stand-in.ts'
import { exchange } from '../support/recorded.ts'

const standIn = await ForgejoStandIn.start()
after(() => standIn.stop())

const REPO = { owner: 'alice', name: 'demo' }
const issue = (number: number, repo = REPO): Question => ({ kind: 'issue', repo, number })
const pulls = (repo = REPO): Question => ({ kind: 'open-pulls', repo })
const known = (value: unknown) => ({ known: true, value })
const OPEN = known({ state: 'open', pull: false })

function put(items: readonly Item[], more = {}): void {
  standIn.repos.clear()
  standIn.add('alice/demo', items, more)
}

const LIST = 'alice/demo/issues?state=open&limit=50&page=1'

test('a recorded list: its numbers, issues and pull requests, and how many there are in all', () => {
  const { body, headers } = exchange('open issues and pulls, page 1').response
  const many = { owner: 'alice', name: 'many' }
  const page = parseOpenPage(body, many, headers['x-total-count'])
  assert.equal(page?.total, 80)
  assert.equal(page?.size, Array.isArray(body) ? body.length : 0)
  assert.equal(page?.open.size, page?.size)
  assert.equal(parseOpenPage(body, many, undefined), undefined)
  assert.equal(parseOpenPage({}, many, '80'), undefined)
  assert.equal(parseOpenPage(body, REPO, '80')?.open.size, 0, 'of another repo')
})

test('what a list says of one is believed only where the issue itself would be', () => {
  const { body } = exchange('open issue').response
  const template = body as Record<string, unknown>
  const list = [null, {}, { ...template, state: 'closed' }, { ...template, pull_request: 1 }, 7, template]
  const page = parseOpenPage(list, REPO, '6')
  assert.deepEqual([...(page?.open ?? [])], [[1, { state: 'open', pull: false }]])
})

test('three that are open: one request', async () => {
  put([1, 2, 3].map((number) => ({ number, state: 'open' })))
  const asked = askForgejo(standIn, 'bulk')
  for (const number of [3, 1, 2]) assert.deepEqual(await asked.answer(issue(number)), OPEN)
  assert.deepEqual(asked.paths, [LIST])
})

test('a repo in other letters is the same; a renamed one is followed', async () => {
  put([{ number: 1, state: 'open' }])
  standIn.add('alice/old', [], { movedTo: 'alice/demo' })
  const asked = askForgejo(standIn, 'bulk')
  for (const name of ['demo', 'DEMO', 'old', 'OLD'])
    assert.deepEqual(await asked.answer(issue(1, { owner: 'alice', name })), OPEN)
  assert.deepEqual(asked.paths, [LIST, LIST.replace('demo', 'old'), LIST])
})

test('a list that cannot be had costs its tries once: from then on each is asked singly', async () => {
  put([1, 2].map((number) => ({ number, state: 'open' })))
  standIn.add('alice/other', [{ number: 1, state: 'open' }])
  const asked = askForgejo(standIn, 'bulk', (_requests, path) => {
    if (path.includes('/issues?state=open')) throw new TransportError('FORGEJO_TIMEOUT', 'too slow')
  })
  for (const question of [issue(1), issue(2), issue(1, { owner: 'alice', name: 'other' })]) {
    assert.deepEqual(await asked.answer(question), OPEN)
  }
  assert.deepEqual(asked.paths.slice(5), [
    'alice/demo/issues/1',
    'alice/demo/issues/2',
    'alice/other/issues/1'
  ])
})

test('a repo that is not visible has no list: the next repo has', async () => {
  put([{ number: 1, state: 'open' }])
  const asked = askForgejo(standIn, 'bulk')
  const gone = { owner: 'alice', name: 'gone' }
  assert.deepEqual(await asked.answer(issue(1, gone)), known({ state: 'not-visible' }))
  assert.deepEqual(await asked.answer(issue(2, gone)), known({ state: 'not-visible' }))
  assert.deepEqual(await asked.answer(issue(1)), OPEN)
  assert.equal(asked.paths.filter((path) => path.includes('state=open')).length, 2)
})

test('the list of open pull requests tells of each that it is open, and of no issue', async () => {
  put([
    { number: 1, state: 'open', head: { branch: 'dev/1' } },
    { number: 2, state: 'open' }
  ])
  const asked = askForgejo(standIn, 'auto')
  assert.deepEqual(await asked.answer(pulls()), known([{ number: 1, branch: 'dev/1' }]))
  assert.deepEqual(await asked.answer(issue(1)), known({ state: 'open', pull: true }))
  assert.deepEqual(await asked.answer(issue(2)), OPEN)
  assert.deepEqual(asked.paths.slice(1), ['alice/demo/issues/2'])
})

test('a list of issues says nothing of pull requests that it does not hold: they are asked about', async () => {
  put([{ number: 1, state: 'open' }], { pullsOff: true })
  const asked = askForgejo(standIn, 'bulk')
  assert.deepEqual(await asked.answer(issue(1)), OPEN)
  assert.equal((await asked.answer(pulls())).known, false)
  assert.deepEqual(asked.paths.slice(1), [
    'alice/demo/pulls?state=open&limit=50&page=1',
    'alice/demo/issues?limit=1&state=all'
  ])
})

test('asking each: no list, even of many', async () => {
  put([1, 2, 3, 4, 5].map((number) => ({ number, state: 'open' })))
  const asked = askForgejo(standIn, 'each')
  asked.expect([1, 2, 3, 4, 5].map((number) => issue(number)))
  for (const number of [1, 2, 3, 4, 5]) assert.deepEqual(await asked.answer(issue(number)), OPEN)
  assert.equal(asked.paths.length, 5)
})
