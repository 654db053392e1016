import assert from 'node:assert/strict'
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { DAY } from '../../src/domain/time.ts'
import { report, sweep } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { contents } from '../support/tree.ts'
import { useSandbox } from '../support/use-sandbox.ts'

const SCHEMA = new URL('../../../src/report/report.schema.json', import.meta.url)
const validate = new Ajv2020({ allowUnionTypes: true }).compile(JSON.parse(readFileSync(SCHEMA, 'utf8')))

const SETTING = { SWEEPER_CACHE_CLONE_DAYS: '30' }
const GONE = 'charles/gone'

/** One clone whose repo is gone, one whose repo is there, both fetched long ago. */
async function useClones(t: TestContext): Promise<Sandbox> {
  const sandbox = await useSandbox(t)
  for (const repo of [GONE, 'charles/peon']) age(addClone(sandbox, repo))
  sandbox.forgejo.add('charles/peon', [{ number: 7, state: 'open' }])
  sandbox.addSession('dev:charles/other:7')
  sandbox.forgejo.add('charles/other', [{ number: 7, state: 'open' }])
  return sandbox
}

/** A clone as the service makes it: of the repo of its name on this Forgejo. */
function addClone(sandbox: Sandbox, repo: string): string {
  const clone = sandbox.addClone(repo)
  sandbox.git(clone, 'remote', 'set-url', 'origin', new URL(`${repo}.git`, sandbox.forgejo.url).href)
  return clone
}

/** As if the last fetch was long ago. */
function age(clone: string, days = 40): void {
  const time = new Date(Date.now() - days * DAY)
  for (const tree of ['refs/remotes', 'logs/refs/remotes', 'packed-refs', 'FETCH_HEAD']) {
    const path = join(clone, '.git', tree)
    if (!existsSync(path)) continue
    const below = lstatSync(path).isDirectory()
      ? readdirSync(path, { recursive: true, encoding: 'utf8' })
      : []
    for (const name of [...below, '']) utimesSync(join(path, name), time, time)
  }
}

/** As if the first answer that a repo is gone was so much longer ago. */
function backdate(sandbox: Sandbox, hours: number): void {
  const path = join(sandbox.stateDir, 'sweeper/ledger.json')
  const ledger = JSON.parse(readFileSync(path, 'utf8'))
  for (const note of Object.values<{ at: number }>(ledger.goneRepos)) note.at -= hours * 3_600_000
  writeFileSync(path, JSON.stringify(ledger))
}

function goneNotes(sandbox: Sandbox): string[] {
  const path = join(sandbox.stateDir, 'sweeper/ledger.json')
  return existsSync(path) ? Object.keys(JSON.parse(readFileSync(path, 'utf8')).goneRepos) : []
}

/** What a pass decided on each clone. */
async function clonesOf(sandbox: Sandbox, args: readonly string[] = [], env = {}) {
  const { report: found, outcome } = await report(sandbox, args, { ...SETTING, ...env })
  const entries = found.entries.filter((entry) => entry.kind === 'cache-clone')
  const decisions = Object.fromEntries(entries.map((one) => [one.repo, `${one.action}: ${one.reason}`]))
  return { decisions, found, outcome, entries }
}

test('a clone whose repo is gone goes with the second pass that says so a day later, and undo brings it back', async (t) => {
  const sandbox = await useClones(t)
  const before = contents(sandbox.clonePath(GONE))
  const first = await clonesOf(sandbox)
  assert.deepEqual(first.decisions, { 'charles/gone': 'keep: too-young', 'charles/peon': 'keep: visible' })
  assert.equal(first.outcome.code, 0)
  assert.equal(first.found.skipped.total, 1)
  assert.deepEqual(goneNotes(sandbox), [GONE])

  backdate(sandbox, 23)
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'keep: too-young')
  backdate(sandbox, 2)
  const dry = await sweep(sandbox, ['--dry-run'], SETTING)
  assert.match(dry.summary, /^would sweep: 0 sessions, 0 worktrees, 1 cache clones; skipped: 1 /)
  assert.ok(existsSync(sandbox.clonePath(GONE)))

  const { found, decisions, outcome } = await clonesOf(sandbox)
  assert.equal(decisions[GONE], 'remove: not-found')
  assert.equal(found.swept.cacheClones, 1)
  assert.ok(validate(found), JSON.stringify(validate.errors))
  assert.equal(found.freedBytes, 0)
  assert.match(outcome.stderr, /Moved aside \S+repos\/charles\/gone: /)
  assert.ok(!existsSync(sandbox.clonePath(GONE)))
  assert.deepEqual(goneNotes(sandbox), [])
  const history = await sweep(sandbox, ['history', found.run])
  assert.match(history.stdout, /moved aside {3}\S+repos\/charles\/gone {2}not-found \(/)
  assert.match(
    (await sweep(sandbox, ['status'])).stdout,
    /cache clone in the trash: \S+ {2}\S+charles\/gone /
  )

  // It waits there: no later pass takes it for something cut off.
  const later = await clonesOf(sandbox)
  assert.equal(later.outcome.code, 0)
  assert.doesNotMatch(later.outcome.stderr, /cut off/)
  assert.equal(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')).length, 1)

  const undo = await sweep(sandbox, ['undo', found.run, '--only', GONE])
  assert.match(undo.stdout, /undone: 1 brought back/)
  assert.deepEqual(contents(sandbox.clonePath(GONE)), before)
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'keep: protected')
  assert.match((await sweep(sandbox, ['undo', found.run])).stdout, /already back/)
  assert.doesNotMatch((await sweep(sandbox, ['status'])).stdout, /in the trash/)
  assert.deepEqual(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')), [])
})

test('without the setting no clone is looked at, nor asked about', async (t) => {
  const sandbox = await useClones(t)
  const { report: found } = await report(sandbox)
  assert.deepEqual(
    found.entries.filter(({ kind }) => kind === 'cache-clone'),
    []
  )
  assert.equal(sandbox.forgejo.seen.length, 1)
})

test('what waits in the trash is deleted when its run expires, and then there is no way back', async (t) => {
  const { sandbox, run } = await setAside(t)
  const path = join(sandbox.stateDir, 'sweeper/ledger.json')
  const ledger = JSON.parse(readFileSync(path, 'utf8'))
  ledger.keptSince[run].at -= 31 * DAY
  writeFileSync(path, JSON.stringify(ledger))
  assert.equal((await sweep(sandbox, [], SETTING)).code, 0)
  assert.deepEqual(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')), [])
  assert.equal((await sweep(sandbox, ['undo', run])).code, 64)
})

test('a clone made anew meanwhile is left alone by undo', async (t) => {
  const { sandbox, run } = await setAside(t)
  sandbox.git(
    sandbox.path,
    'clone',
    '-q',
    join(sandbox.path, 'remotes/charles/gone.git'),
    sandbox.clonePath(GONE)
  )
  const undo = await sweep(sandbox, ['undo', run])
  assert.equal(undo.code, 1)
  assert.match(undo.stdout, /left {10}\S+gone: something newer/)
  assert.equal(readdirSync(join(sandbox.cacheDir, 'sweeper-trash')).length, 1)
})

async function setAside(t: TestContext) {
  const sandbox = await useClones(t)
  await sweep(sandbox, [], SETTING)
  backdate(sandbox, 25)
  const { found } = await clonesOf(sandbox)
  assert.equal(found.swept.cacheClones, 1)
  return { sandbox, run: found.run }
}

/** What keeps a clone, named so, though the second answer, a day later, says that its repo is gone. */
const WANTED: Readonly<Record<string, readonly [string, (sandbox: Sandbox, clone: string) => void]>> = {
  'charles/session': ['referenced', (sandbox) => sandbox.addSession('boss:Charles/Session:1')],
  'charles/odd-key': ['referenced', (sandbox) => sandbox.addSession('boss-charles/odd-key-1')],
  'charles/worktree': ['referenced', (sandbox) => sandbox.addWorktree('dev', 'charles/worktree', 'dev/7')],
  'charles/registered': [
    'referenced',
    (sandbox, clone) => sandbox.git(clone, 'worktree', 'add', '-q', '--detach', join(sandbox.path, 'mine'))
  ],
  'charles/protected': ['protected', () => {}],
  'charles/fetched': ['too-young', (_, clone) => age(clone, 29)],
  'charles/there': ['visible', (sandbox) => sandbox.forgejo.add('charles/there')],
  // It has no list of issues to show.
  'charles/code': [
    'visible',
    (sandbox) => sandbox.forgejo.add('charles/code', [], { issuesOff: true, pullsOff: true })
  ],
  'charles/moved': [
    'visible',
    (sandbox) => sandbox.forgejo.add('charles/moved', [], { movedTo: 'charles/new' })
  ],
  'charles/dirty': ['unsaved', (sandbox, clone) => sandbox.dirty(clone, 'untracked')],
  'charles/borrowed': [
    'unsafe-path',
    (sandbox, clone) =>
      sandbox.git(sandbox.path, 'clone', '-qs', clone, sandbox.clonePath('charles/borrower'))
  ]
}

test('what may still want a clone keeps it, and takes back what was noted of its repo', async (t) => {
  const sandbox = await useClones(t)
  for (const repo of Object.keys(WANTED)) age(addClone(sandbox, repo))
  await sweep(sandbox, [], SETTING)
  assert.equal(goneNotes(sandbox).length, Object.keys(WANTED).length + 1)
  backdate(sandbox, 48)
  for (const [repo, [, prepare]] of Object.entries(WANTED)) prepare(sandbox, sandbox.clonePath(repo))
  const { decisions } = await clonesOf(sandbox, [], { SWEEPER_PROTECT: 'charles/protect*' })
  for (const [repo, [reason]] of Object.entries(WANTED)) {
    assert.equal(decisions[repo], `keep: ${reason}`, repo)
    assert.ok(existsSync(sandbox.clonePath(repo)), repo)
  }
  assert.equal(decisions[GONE], 'remove: not-found')
  assert.deepEqual(goneNotes(sandbox), [])
})

test('by a clock that is wrong no clone goes, and nothing is noted of its repo', async (t) => {
  const sandbox = await useClones(t)
  sandbox.forgejo.date = new Date(Date.now() + 3 * DAY).toUTCString()
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'keep: too-young')
  assert.deepEqual(goneNotes(sandbox), [])
  sandbox.forgejo.date = undefined
  await sweep(sandbox, [], SETTING)
  backdate(sandbox, 48)
  sandbox.forgejo.date = new Date(Date.now() - 3 * DAY).toUTCString()
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'keep: too-young')
  sandbox.forgejo.date = new Date(Date.now() + 3 * DAY).toUTCString()
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'keep: unknown')
})

test('a pass that could not tell is no agreement, and none that takes an earlier one back', async (t) => {
  const sandbox = await useClones(t)
  await sweep(sandbox, [], SETTING)
  backdate(sandbox, 48)
  sandbox.forgejo.fault = (request, response) => {
    if (request.url?.endsWith('charles/gone') !== true) return false
    response.writeHead(502).end()
    return true
  }
  const { decisions, outcome } = await clonesOf(sandbox, [], { SWEEPER_MAX_TRIES: '1' })
  assert.equal(decisions[GONE], 'keep: unknown')
  assert.equal(outcome.code, 1)
  assert.deepEqual(goneNotes(sandbox), [GONE])
  sandbox.forgejo.fault = () => false
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'remove: not-found')
})

test('a token that is shown nothing any more finds nothing gone', async (t) => {
  const sandbox = await useClones(t)
  for (const repo of ['charles/peon', 'charles/other']) sandbox.forgejo.add(repo, [], { hiddenFrom: ['all'] })
  const { decisions, found } = await clonesOf(sandbox)
  assert.deepEqual(new Set(Object.values(decisions)), new Set(['keep: unknown']))
  assert.deepEqual(new Set(found.errors.map(({ code }) => code)), new Set(['FORGEJO_FORBIDDEN']))
  assert.deepEqual(goneNotes(sandbox), [])
})

test('with no session to ask about, one search tells that the token is shown something', async (t) => {
  const sandbox = await useSandbox(t)
  for (const repo of [GONE, 'charles/late']) age(addClone(sandbox, repo))
  sandbox.forgejo.add('bob/peon', [{ number: 1, state: 'open' }])
  const { decisions } = await clonesOf(sandbox)
  assert.deepEqual(new Set(Object.values(decisions)), new Set(['keep: too-young']))
  const paths = sandbox.forgejo.seen.map(({ path }) => path.replace(/^\/api\/v1\/repos\//, ''))
  assert.deepEqual(paths, [GONE, 'issues/search?state=all&limit=1', 'charles/late'])
})

test('more than SWEEPER_MAX_REMOVALS keeps clones, too', async (t) => {
  const sandbox = await useClones(t)
  age(addClone(sandbox, 'charles/late'))
  await sweep(sandbox, [], SETTING)
  backdate(sandbox, 25)
  const { decisions } = await clonesOf(sandbox, [], { SWEEPER_MAX_REMOVALS: '1' })
  assert.equal(decisions[GONE], 'keep: max-removals')
  assert.deepEqual(goneNotes(sandbox), [GONE, 'charles/late'])
})

test('explain tells every rule for a clone', async (t) => {
  const sandbox = await useClones(t)
  const { stdout, code } = await sweep(sandbox, ['explain', GONE], SETTING)
  assert.equal(code, 0)
  assert.match(stdout, /^cache-clone \S+\/repos\/charles\/gone\n/)
  assert.match(stdout, /→ its repo is gone, and was a day ago +gone for 0\.0 days/)
  assert.match(stdout, /→ keep: too young\n$/)
  const peon = await sweep(sandbox, ['explain', sandbox.clonePath('charles/peon')], SETTING)
  assert.match(peon.stdout, /→ keep: visible\n$/)
  assert.equal((await sweep(sandbox, ['explain', GONE])).code, 64)
})

test('what another Forgejo said of a repo counts for nothing', async (t) => {
  const sandbox = await useClones(t)
  await sweep(sandbox, [], SETTING)
  backdate(sandbox, 48)
  const path = join(sandbox.stateDir, 'sweeper/ledger.json')
  const text = readFileSync(path, 'utf8')
  assert.equal(JSON.parse(text).goneFrom, new URL(sandbox.forgejo.url).href)
  writeFileSync(path, text.replace(/"goneFrom":"[^"]*"/, '"goneFrom":"https://forgejo.test/"'))
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'keep: too-young')
  assert.equal(JSON.parse(readFileSync(path, 'utf8')).goneFrom, new URL(sandbox.forgejo.url).href)
  backdate(sandbox, 48)
  assert.equal((await clonesOf(sandbox)).decisions[GONE], 'remove: not-found')
})

test('the newest of two clones of a path comes back first', async (t) => {
  const { sandbox, run } = await setAside(t)
  sandbox.git(sandbox.path, 'clone', '-q', join(sandbox.path, `remotes/${GONE}.git`), sandbox.clonePath(GONE))
  sandbox.git(
    sandbox.clonePath(GONE),
    'remote',
    'set-url',
    'origin',
    new URL(`${GONE}.git`, sandbox.forgejo.url).href
  )
  age(sandbox.clonePath(GONE))
  await sweep(sandbox, [], SETTING)
  backdate(sandbox, 25)
  const { found } = await clonesOf(sandbox)
  assert.equal(found.swept.cacheClones, 1)
  const older = await sweep(sandbox, ['undo', run])
  assert.equal(older.code, 1)
  assert.ok(older.stdout.includes(`the run ${found.run} took a newer one away`), older.stdout)
  assert.match((await sweep(sandbox, ['undo', found.run])).stdout, /undone: 1 brought back/)
})

test('a clone in the trash that no journal tells of is named as what it is', async (t) => {
  const { sandbox, run } = await setAside(t)
  rmSync(join(sandbox.stateDir, `sweeper/journal/${run}.ndjson`))
  const { found } = await clonesOf(sandbox)
  const [error] = found.errors
  assert.equal(error?.kind, 'cache-clone')
  assert.ok(JSON.stringify(error).includes(`${run}.1/clone`), JSON.stringify(error))
})
