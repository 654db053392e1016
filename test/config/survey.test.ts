import assert from 'node:assert/strict'
import { test } from 'node:test'
import { surveySettings } from '../../src/config/survey.ts'

const survey = (env: Readonly<Record<string, string>>, name: string) =>
  surveySettings({}, { HOME: '/nowhere', ...env }).found.find((one) => one.name === name)

test('of a secret it is told that there is one, and where, not what it says', () => {
  const token = survey({ FORGEJO_TOKEN: 's3cret' }, 'FORGEJO_TOKEN')
  assert.deepEqual([token?.origin, token?.text], ['environment', null])
  const ping = survey({ SWEEPER_PING_URL: 'https://hc-ping.com/s3cret' }, 'SWEEPER_PING_URL')
  assert.deepEqual([ping?.origin, ping?.text, ping?.fault], ['environment', null, null])
  assert.equal(survey({}, 'SWEEPER_PING_URL')?.text, '', 'there is none')
})

test('a wrong URL is told without what it says: it can hold a password', () => {
  const url = survey({ FORGEJO_URL: 'ftp://me:s3cret@example.invalid' }, 'FORGEJO_URL')
  assert.equal(url?.text, null)
  assert.match(url?.fault ?? '', /^expected /)
})
