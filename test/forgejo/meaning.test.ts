import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Repo } from '../../src/domain/fact.ts'
import {
  type Meaning,
  meaningOf,
  parseIssue,
  parsePullHead,
  parsePullsPage
} from '../../src/forgejo/meaning.ts'
import type { HttpAnswer } from '../../src/forgejo/transport.ts'
import { type Exchange, exchange, recorded } from '../support/recorded.ts'

const DEMO: Repo = { owner: 'alice', name: 'demo' }
const API = '/api/v1'

function answerOf({ response }: Exchange, changes: Partial<HttpAnswer> = {}): HttpAnswer {
  const { status, headers, body } = response
  return {
    status,
    contentType: headers['content-type'] ?? '',
    location: headers['location'],
    retryAfter: headers['retry-after'],
    date: headers['date'],
    totalCount: headers['x-total-count'],
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...changes
  }
}

interface Asked {
  readonly path: string
  readonly repo: Repo
  readonly kind: string
  readonly number: number | undefined
}

function askedBy({ request }: Exchange): Asked {
  const path = request.path.slice(API.length)
  const [, owner = '', name = '', kind = '', number] =
    /^\/repos\/([^/]+)\/([^/]+)\/(issues|pulls)(?:\/(\d+))?/.exec(path) ?? []
  return { path, repo: { owner, name }, kind, number: number === undefined ? undefined : Number(number) }
}

/** What the client would take the recorded exchange to mean. */
function meaningOfRecorded(one: Exchange): Meaning<unknown> {
  const { path, repo, kind, number } = askedBy(one)
  return meaningOf<unknown>(answerOf(one), path, (body, { totalCount }) => {
    if (number === undefined) return parsePullsPage(body, repo, totalCount)
    return kind === 'issues' ? parseIssue(body, repo, number) : parsePullHead(body, repo, number)
  })
}

const value = <T>(of: T) => ({ kind: 'value', value: of }) as const
const open = (pull: boolean) => value({ state: 'open', pull })
const closed = (pull: boolean, merged: boolean, closedAt: string | null) =>
  value({ state: 'closed', pull, merged, closedAt })
const ABSENT = { kind: 'absent' }

const RECORDED: Readonly<Record<string, unknown>> = {
  'open issue': open(false),
  'closed issue': closed(false, false, '2026-11-20T16:20:00Z'),
  'merged pull request': closed(true, true, '2026-11-20T16:20:00Z'),
  'closed, unmerged pull request': closed(true, false, '2026-11-20T16:20:00Z'),
  'open pull request': open(true),
  'merged pull request, head branch deleted': closed(true, true, '2026-11-20T16:21:06Z'),
  'pull request closed by deleting its head branch': closed(true, false, '2026-11-20T16:21:08Z'),
  'upper-case owner and repo': open(false),
  'no such issue': ABSENT,
  'deleted issue': ABSENT,
  'no such repo': ABSENT,
  'deleted repo': ABSENT,
  'no such owner': ABSENT,
  'private repo, anonymous': ABSENT,
  'private repo, token of a user without access': ABSENT,
  'private repo, good token': open(false),
  'bad token': { kind: 'refused', scope: null },
  'token lacks read:issue': { kind: 'refused', scope: 'read:issue' },
  'token has only read:issue': open(false),
  'token lacks read:repository, pulls list': { kind: 'refused', scope: 'read:repository' },
  'renamed repo': { kind: 'moved', repo: { owner: 'alice', name: 'renamed' } },
  'archived repo': open(false),
  'open pull requests': value({
    total: 3,
    pulls: [
      { number: 9, branch: null },
      { number: 6, branch: 'dev/7' },
      { number: 5, branch: 'feat-c' }
    ]
  }),
  'one pull request, head dev/7': value({ branch: 'dev/7' }),
  'pulls endpoint asked for an issue': ABSENT
}

for (const [name, meaning] of Object.entries(RECORDED)) {
  test(`recorded: ${name}`, () => {
    assert.deepEqual(meaningOfRecorded(exchange(name)), meaning)
  })
}

test('every recorded answer about an issue, a pull request or the open pull requests is in the table', () => {
  const asked = recorded.filter((one) => {
    const { kind, number, path } = askedBy(one)
    return number !== undefined || (kind === 'pulls' && path.includes('state=open'))
  })
  assert.deepEqual(asked.map(({ name }) => name).sort(), Object.keys(RECORDED).sort())
})

test('recorded: the list of all states is not one of open pull requests', () => {
  assert.equal(meaningOfRecorded(exchange('pull requests, all states')).kind, 'retry')
})

const OPEN = exchange('open issue')
const ISSUE = '/repos/alice/demo/issues/1'

const issueMeaning = (changes: Partial<HttpAnswer>, path = ISSUE) =>
  meaningOf(answerOf(OPEN, changes), path, (body) => parseIssue(body, DEMO, 1))

const issueWith = (changes: object) => ({
  body: JSON.stringify({ ...(OPEN.response.body as object), ...changes })
})

const EMPTY = { id: 0, number: 0, state: '', closed_at: null, pull_request: null, repository: null }
const HTML = { contentType: 'text/html; charset=utf-8', body: '<html>Are you a robot?</html>' }

for (const [name, changes] of [
  ['an empty object', { body: '{}' }],
  ['an issue that Forgejo failed to load', { body: JSON.stringify(EMPTY) }],
  ['another number', issueWith({ number: 2 })],
  ['the number as text', issueWith({ number: '1' })],
  ['no number', issueWith({ number: undefined })],
  ["another repo's issue", issueWith({ repository: { full_name: 'alice/other' } })],
  ["another owner's repo of the same name", issueWith({ repository: { full_name: 'bob/demo' } })],
  ['no repository', issueWith({ repository: null })],
  ['a repository without a full name', issueWith({ repository: { name: 'demo', owner: 'alice' } })],
  ['a full name that is no text', issueWith({ repository: { full_name: 1 } })],
  ['an unknown state', issueWith({ state: 'locked' })],
  ['an empty state', issueWith({ state: '' })],
  ['a state in upper case', issueWith({ state: 'CLOSED' })],
  ['a pull request that is no object', issueWith({ pull_request: true })],
  ['a pull request that is a list', issueWith({ pull_request: [] })],
  ['a list', { body: '[]' }],
  ['null', { body: 'null' }],
  ['a text', { body: '"closed"' }],
  ['no body', { body: '' }],
  ['truncated JSON', { body: answerOf(OPEN).body.slice(0, -20) }],
  ['HTML', HTML],
  ['HTML that calls itself JSON', { body: HTML.body }],
  ['JSON that calls itself HTML', { contentType: 'text/html' }],
  ['no content type', { contentType: '' }],
  ['another JSON type', { contentType: 'application/jsonp' }]
] as const) {
  test(`200 with ${name} is tried again, and is unknown then`, () => {
    const meaning = issueMeaning({ status: 200, ...changes })
    assert.ok(meaning.kind === 'retry')
    assert.equal(meaning.code, 'FORGEJO_BAD_ANSWER')
  })
}

for (const [name, changes, meaning] of [
  ['a full name in another case', issueWith({ repository: { full_name: 'ALICE/Demo' } }), open(false)],
  ['a type in another case, without charset', { contentType: 'Application/JSON' }, open(false)],
  ['an issue without the field pull_request', issueWith({ pull_request: undefined }), open(false)],
  ['a closed issue without a time', issueWith({ state: 'closed' }), closed(false, false, null)],
  [
    'a closed pull request without the field merged',
    issueWith({ state: 'closed', pull_request: {} }),
    closed(true, false, null)
  ],
  [
    'merged that is not quite true',
    issueWith({ state: 'closed', pull_request: { merged: 'true' } }),
    closed(true, false, null)
  ],
  [
    'an open pull request that calls itself merged',
    issueWith({ state: 'open', pull_request: { merged: true } }),
    open(true)
  ]
] as const) {
  test(`200 with ${name}`, () => {
    assert.deepEqual(issueMeaning(changes), meaning)
  })
}

test('a 401 means refused, whatever it is made of, and its body goes no further', () => {
  const secret = 'f00dfeedf00dfeed'
  for (const changes of [
    HTML,
    { body: secret },
    { body: `{"message":"[sha: ${secret}]"}` },
    { location: secret }
  ]) {
    const meaning = issueMeaning({ status: 401, ...changes })
    assert.deepEqual(meaning, { kind: 'refused', scope: null })
  }
})

const scopes = (list: string) => ({
  status: 403,
  body: JSON.stringify({ message: `token does not have at least one of required scope(s): [${list}]` })
})

for (const [name, changes, expected] of [
  ['names a scope', scopes('read:issue'), { kind: 'refused', scope: 'read:issue' }],
  ['names two scopes', scopes('read:issue, all'), { kind: 'refused', scope: 'read:issue, all' }],
  ['names what is no scope', scopes('<b>'), 'FORGEJO_FORBIDDEN'],
  ['says something else', { status: 403, body: '{"message":"no"}' }, 'FORGEJO_FORBIDDEN'],
  ['has no message', { status: 403, body: '{}' }, 'FORGEJO_FORBIDDEN'],
  ['is a list', { status: 403, body: '[]' }, 'FORGEJO_FORBIDDEN']
] as const) {
  test(`a 403 that ${name}`, () => {
    const meaning = issueMeaning(changes)
    if (typeof expected === 'object') assert.deepEqual(meaning, expected)
    else assert.ok(meaning.kind === 'unknown' && meaning.code === expected)
  })
}

test('the text of a 403 that is not known is not repeated', () => {
  const meaning = issueMeaning({ status: 403, body: '{"message":"f00dfeed"}' })
  assert.doesNotMatch(JSON.stringify(meaning), /f00dfeed/)
})

for (const [name, changes, code] of [
  ['404 with text', { status: 404, contentType: 'text/plain', body: '404' }, 'FORGEJO_BAD_ANSWER'],
  ['404 with HTML', { status: 404, ...HTML }, 'FORGEJO_BAD_ANSWER'],
  ['404 with truncated JSON', { status: 404, body: '{"message":"The' }, 'FORGEJO_BAD_ANSWER'],
  ['403 with HTML', { status: 403, ...HTML }, 'FORGEJO_BAD_ANSWER'],
  ['400', { status: 400 }, 'FORGEJO_BAD_ANSWER'],
  ['405', { status: 405 }, 'FORGEJO_BAD_ANSWER'],
  ['204', { status: 204, body: '' }, 'FORGEJO_BAD_ANSWER'],
  ['206', { status: 206 }, 'FORGEJO_BAD_ANSWER'],
  ['303', { status: 303, location: `${API}/repos/alice/new/issues/1` }, 'FORGEJO_BAD_ANSWER'],
  ['304', { status: 304, body: '' }, 'FORGEJO_BAD_ANSWER'],
  ['429', { status: 429, retryAfter: '7' }, 'FORGEJO_RATE_LIMITED'],
  ['429 with HTML', { status: 429, retryAfter: '7', ...HTML }, 'FORGEJO_RATE_LIMITED'],
  ['500', { status: 500 }, 'FORGEJO_SERVER_ERROR'],
  ['502 with HTML', { status: 502, ...HTML }, 'FORGEJO_SERVER_ERROR'],
  ['503', { status: 503, retryAfter: '7' }, 'FORGEJO_SERVER_ERROR'],
  ['599', { status: 599 }, 'FORGEJO_SERVER_ERROR']
] as readonly (readonly [string, Partial<HttpAnswer>, string])[]) {
  test(`${name} is tried again`, () => {
    const meaning = issueMeaning(changes)
    assert.ok(meaning.kind === 'retry')
    assert.deepEqual([meaning.code, meaning.retryAfter], [code, changes.retryAfter])
  })
}

for (const status of [301, 302, 307, 308]) {
  test(`${status} to the same issue under another name means moved`, () => {
    const meaning = issueMeaning({ status, location: `${API}/repos/carol/new.name/issues/1`, ...HTML })
    assert.deepEqual(meaning, { kind: 'moved', repo: { owner: 'carol', name: 'new.name' } })
  })
}

for (const [name, location, path] of [
  ['below a sub-path', `/git${API}/repos/carol/new/issues/1`, ISSUE],
  [
    'with a query, as it was asked',
    `${API}/repos/carol/new/issues?limit=1&state=all`,
    '/repos/a/b/issues?limit=1'
  ],
  ['with a fragment, which no server sees', `${API}/repos/carol/new/issues/1#top`, ISSUE],
  ['of a list without its query', `${API}/repos/carol/new/pulls`, '/repos/a/b/pulls?state=open'],
  ['of a pull request', `${API}/repos/carol/new/pulls/3`, '/repos/a/b/pulls/3']
] as const) {
  test(`a redirect ${name} means moved`, () => {
    const meaning = issueMeaning({ status: 301, location }, path)
    assert.deepEqual(meaning, { kind: 'moved', repo: { owner: 'carol', name: 'new' } })
  })
}

for (const [name, location] of [
  ['no Location', undefined],
  ['an empty Location', ''],
  // Forgejo replaces the first match of the old owner's name in the path, `api`'s included.
  ['the owner `api` replaced inside /api', '/carol/v1/repos/api/demo/issues/1'],
  ['the owner `a` replaced inside /api', '/carolpi/v1/repos/a/demo/issues/1'],
  ['the owner `v1` replaced', '/api/carol/repos/v1/demo/issues/1'],
  ['the owner `repos` replaced', '/api/v1/carol/repos/demo/issues/1'],
  ['another number', `${API}/repos/alice/new/issues/2`],
  ['a longer number', `${API}/repos/alice/new/issues/11`],
  ['no number', `${API}/repos/alice/new/issues`],
  ['another kind', `${API}/repos/alice/new/pulls/1`],
  ['something more at the end', `${API}/repos/alice/new/issues/1/comments`],
  ['an owner that Forgejo does not allow', `${API}/repos/al..ice/new/issues/1`],
  ['a repo named ..', `${API}/repos/alice/../issues/1`],
  ['a repo named .', `${API}/repos/alice/./issues/1`],
  ['an escaped slash', `${API}/repos/alice/a%2Fb/issues/1`],
  ['a name with a query in it', `${API}/repos/alice/new?/issues/1`],
  ['three parts of a name', `${API}/repos/alice/new/x/issues/1`],
  ['the web page of the issue', '/alice/new/issues/1'],
  ['a login page', '/user/login?redirect_to=%2Fapi%2Fv1%2Frepos%2Falice%2Fnew%2Fissues%2F1'],
  ['a login page that shows the path in its query', `/login?to=${API}/repos/alice/new/issues/1`],
  ['another host', `https://evil.example${API}/repos/alice/new/issues/1`],
  ['another host without a scheme', `//evil.example${API}/repos/alice/new/issues/1`],
  ['a relative path', `..${API}/repos/alice/new/issues/1`]
] as const) {
  test(`a redirect with ${name} is unknown, and is not tried again`, () => {
    const meaning = issueMeaning({ status: 301, location, ...HTML })
    assert.ok(meaning.kind === 'unknown')
    assert.equal(meaning.code, 'FORGEJO_REDIRECT')
    assert.doesNotMatch(meaning.why, /evil|carol/)
  })
}

const PULL = exchange('one pull request, head dev/7').response.body as {
  readonly head: object
  readonly base: object
}

const pullWith = (head: object, more: object = {}) => ({ ...PULL, head: { ...PULL.head, ...head }, ...more })

/** Heads of pull request 6 of alice/demo; undefined is an answer that is not believed. */
const HEADS: readonly (readonly [string, unknown, string | null | undefined])[] = [
  ['a branch of the repo itself', PULL, 'dev/7'],
  ['a branch that was deleted', pullWith({ ref: 'refs/pull/6/head' }), 'dev/7'],
  ['a branch with odd letters', pullWith({ label: 'a%2F\'b"c' }), 'a%2F\'b"c'],
  ['no flow, as older versions have none', pullWith({}, { flow: undefined }), 'dev/7'],
  ["a fork's branch of the same name", pullWith({ repo_id: 7 }), null],
  ['the branch of a fork that is gone', pullWith({ repo_id: -1, repo: null }), null],
  ['a pull request made by AGit', pullWith({ label: 'alice/topic' }, { flow: 1 }), null],
  ['a flow that is not known', pullWith({}, { flow: 2 }), null],
  ['no head', { ...PULL, head: null }, undefined],
  ['no base', { ...PULL, base: null }, undefined],
  ['no repo_id', pullWith({ repo_id: null }), undefined],
  ['no label', pullWith({ label: null }), undefined],
  ['an empty label', pullWith({ label: '' }), undefined],
  [
    "another repo's pull request",
    { ...PULL, base: { ...PULL.base, repo: { full_name: 'alice/other' } } },
    undefined
  ],
  ['a base without its repo', { ...PULL, base: { ...PULL.base, repo: null } }, 'dev/7'],
  ['null', null, undefined],
  ['a list', [], undefined]
]

for (const [name, body, branch] of HEADS) {
  test(`the head of a pull request: ${name}`, () => {
    const expected = branch === undefined ? undefined : { branch }
    assert.deepEqual(parsePullHead(body, DEMO, 6), expected)
  })

  test(`in a list of open pull requests: ${name}`, () => {
    const page = branch === undefined ? undefined : { pulls: [{ number: 6, branch }], total: 1 }
    assert.deepEqual(parsePullsPage([body], DEMO, '1'), page)
  })
}

test('the head of another pull request than asked for is not believed', () => {
  assert.equal(parsePullHead(PULL, DEMO, 7), undefined)
})

for (const [name, body, totalCount] of [
  ['a null among others', [PULL, null], '2'],
  ['a closed pull request', [pullWith({}, { state: 'closed' })], '1'],
  ['a pull request without a number', [pullWith({}, { number: null })], '1'],
  ['no total', [PULL], undefined],
  ['a total that is no number', [PULL], 'many'],
  ['an object', {}, '0'],
  ['null', null, '0']
] as const) {
  test(`a page of pull requests with ${name} is not believed`, () => {
    assert.equal(parsePullsPage(body, DEMO, totalCount), undefined)
  })
}

test('a page of no pull requests is believed', () => {
  assert.deepEqual(parsePullsPage([], DEMO, '0'), { pulls: [], total: 0 })
})
