import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OpenList, type OpenPage } from '../../src/domain/open-list.ts'

const ISSUE = { state: 'open', pull: false } as const
const NOTHING_YET = { balance: 0, surplus: 0 }
const WELL = { balance: 0, surplus: 3 }

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

const page = (numbers: readonly number[], total: number, size = numbers.length): OpenPage => ({
  open: new Map(numbers.map((number) => [number, ISSUE])),
  size,
  total
})

/** A list of which 1 to 200 are wanted. */
function wanting(numbers: readonly number[] = range(1, 200)): OpenList {
  const list = new OpenList()
  for (const number of numbers) list.want(number)
  return list
}

test('asking each never reads, asking in bulk reads while one may come yet', () => {
  const list = wanting([7])
  assert.equal(list.readsOn(7, 'each', WELL), false)
  assert.equal(list.readsOn(7, 'bulk', NOTHING_YET), true)
  list.add(page(range(101, 150), 60))
  assert.equal(list.readsOn(7, 'bulk', NOTHING_YET), true)
  assert.equal(list.readsOn(120, 'bulk', NOTHING_YET), false, 'it was found')
  assert.equal(list.readsOn(151, 'bulk', NOTHING_YET), false, 'it is newer than all that come')
  list.add(page(range(91, 100), 60))
  assert.equal(list.readsOn(7, 'bulk', NOTHING_YET), false, 'that was the last page')
})

test('a first page is read once more was found open than not, and lists have not lost', () => {
  assert.equal(wanting().readsOn(7, 'auto', NOTHING_YET), false)
  assert.equal(wanting().readsOn(7, 'auto', WELL), true)
  assert.equal(wanting().readsOn(7, 'auto', { balance: -1, surplus: 9 }), false)
})

test('a first page is not read for one or two', () => {
  assert.equal(wanting([6, 7, 8]).readsOn(7, 'auto', WELL), true)
  assert.equal(wanting([6, 7]).readsOn(7, 'auto', WELL), false)
  assert.equal(wanting([7]).readsOn(7, 'auto', WELL), false)
})

test('a page without any is followed by no other, until two were found open singly', () => {
  const list = wanting()
  list.add(page(range(1001, 1050), 500))
  assert.deepEqual(list.yield, { balance: -1, surplus: 0 })
  for (const number of [7, 8]) {
    assert.equal(list.readsOn(9, 'auto', WELL), false)
    list.askedSingly(number, true)
  }
  list.askedSingly(6, false)
  assert.deepEqual(list.yield, { balance: -1, surplus: 1 })
  assert.equal(list.readsOn(9, 'auto', NOTHING_YET), true)
})

test('no page is read where as many are left as numbers that may be on them', () => {
  const list = wanting([5, 6, 7, 120])
  list.add(page(range(101, 150), 200))
  assert.equal(list.readsOn(7, 'auto', WELL), false)
  list.want(8)
  assert.equal(list.readsOn(7, 'auto', WELL), true)
})

test('a page that is not to be had, is empty, cannot be read or comes once more is the last', () => {
  const first = page(range(301, 350), 500)
  for (const last of [undefined, page([], 500), page([], 500, 50), first]) {
    const list = wanting()
    list.add(first)
    assert.equal(list.readsOn(7, 'bulk', WELL), true)
    list.add(last)
    assert.equal(list.readsOn(7, 'bulk', WELL), false)
  }
})

test('a server that gives fewer a page than asked for: its pages are counted by their size', () => {
  const list = wanting()
  list.add(page(range(301, 320), 50))
  assert.equal(list.readsOn(7, 'bulk', WELL), true)
  list.add(page(range(281, 300), 50))
  assert.equal(list.nextPage, 3)
  assert.equal(list.readsOn(7, 'bulk', WELL), true)
  list.add(page(range(271, 280), 50))
  assert.equal(list.readsOn(7, 'bulk', WELL), false)
})

test('what is found saves one request, whenever it is wanted, and once', () => {
  const list = wanting([7])
  list.note(7, ISSUE)
  list.note(7, ISSUE)
  list.want(7)
  list.note(8, ISSUE)
  assert.deepEqual(list.yield, { balance: 1, surplus: 1 })
  list.want(8)
  assert.deepEqual(list.yield, { balance: 2, surplus: 2 })
  assert.deepEqual(list.find(8), ISSUE)
  assert.equal(list.find(9), undefined)
})
