import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runUuid } from '../../src/cli/run-id.ts'
import { ping, pingUrl } from '../../src/host/ping.ts'
import { CheckStandIn } from '../support/check-stand-in.ts'

const RID = '20261120-0600-8012-8000-000000004f2a'

for (const [check, end, expected] of [
  ['https://hc-ping.com/uuid', '', `https://hc-ping.com/uuid?rid=${RID}`],
  ['https://hc-ping.com/uuid', 'start', `https://hc-ping.com/uuid/start?rid=${RID}`],
  ['https://hc-ping.com/uuid', '69', `https://hc-ping.com/uuid/69?rid=${RID}`],
  ['https://hc.example/ping/uuid/', '', `https://hc.example/ping/uuid/?rid=${RID}`],
  ['https://hc.example/ping/uuid//', 'start', `https://hc.example/ping/uuid/start?rid=${RID}`],
  ['https://hc.example/', 'start', `https://hc.example/start?rid=${RID}`],
  [
    'https://hc-ping.com/key/slug?create=1&x=a%20b%2Fc+d',
    'start',
    `https://hc-ping.com/key/slug/start?create=1&x=a%20b%2Fc+d&rid=${RID}`
  ],
  ['https://hc-ping.com/a%2Fb?', '1', `https://hc-ping.com/a%2Fb/1?rid=${RID}`],
  ['https://hc-ping.com/uuid?rid=mine', '1', 'https://hc-ping.com/uuid/1?rid=mine']
] as const) {
  test(`${check} + ${end || 'success'}`, () => {
    assert.equal(pingUrl(new URL(check), end, RID).href, expected)
  })
}

test('a run has a UUID of its own, in which it can be read', () => {
  assert.equal(runUuid('20261120T060012Z-4f2a'), RID)
  assert.match(
    runUuid('20301231T235959Z-ffff'),
    /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/
  )
})

for (const [name, mood, moodFor, tries, expected] of [
  ['one that is taken', 'well', 9, 1, undefined],
  ['one that was not heard, with tries left', 'broken', 2, 3, undefined],
  ['one that is never heard', 'broken', 9, 3, 'it answered 500'],
  ['one that is refused', 'unknown', 9, 1, 'it answered: not found'],
  ['one that is sent elsewhere', 'moved', 9, 1, 'it answered 301']
] as const) {
  test(`a ping: ${name}`, async (t) => {
    const check = await CheckStandIn.start()
    t.after(() => check.stop())
    Object.assign(check, { mood, moodFor })
    const pauses: number[] = []
    const sleep = async (ms: number) => void pauses.push(ms)
    const url = pingUrl(new URL(check.url), '', RID)
    assert.equal(await ping(url, 'text', { timeoutMs: 60_000, tries: 3, pauseMs: 7, sleep }), expected)
    assert.deepEqual(
      check.seen,
      Array.from({ length: tries }, () => `POST ?rid=${RID} text`)
    )
    assert.deepEqual(
      pauses,
      Array.from({ length: tries - 1 }, () => 7)
    )
  })
}

test('why a ping failed never tells where it went', async (t) => {
  const check = await CheckStandIn.start()
  t.after(() => check.stop())
  check.mood = 'silent'
  const url = new URL(check.url)
  const once = { timeoutMs: 50, tries: 1, pauseMs: 0, sleep: async () => {} }
  assert.equal(await ping(url, '', once), 'it did not answer in time')
  await check.stop()
  assert.equal(await ping(url, '', { ...once, timeoutMs: 60_000 }), 'ECONNREFUSED')
  url.username = 'user'
  assert.equal(await ping(url, '', once), 'it could not be sent')
})
