import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ArtifactType } from '../../../src/domain/artifact.ts'
import { DAY } from '../../../src/domain/time.ts'
import { sweepHome, V1_DAYS } from '../../support/sweep-home.ts'
import { snapshot } from '../../support/tree.ts'

const ACTIVE = '0b0e7c1e-9d3c-4b7e-8f0a-111111111111'
const IDLE = '0b0e7c1e-9d3c-4b7e-8f0a-222222222222'
/** From just young to long past, in days. */
const AGES = [0, 2.99, 3.01, 3.99, 4.01, 6.99, 7.01, 7.99, 8.01, 30]

function useTree(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sweep-parity-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

function plant(path: string, ageDays: number): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'x')
  const time = (Date.now() - ageDays * DAY) / 1000
  utimesSync(path, time, time)
}

/** Each row of v1's table: what it finds, what it spares of that, and what goes along. */
const ROWS: Readonly<
  Record<
    ArtifactType,
    { names: (id: string, at: number) => string[]; find: string[]; spares: (name: string) => boolean }
  >
> = {
  transcript: {
    names: (id, at) => [
      `projects/-workspace-group/${id}${at}.jsonl`,
      `projects/-workspace-group/${id}${at}.txt`
    ],
    find: ['projects/-workspace-group', '-maxdepth', '1', '-name', '*.jsonl'],
    spares: (name) => name === `${ACTIVE}.jsonl`
  },
  debug: {
    names: (id, at) => [`debug/${id}${at}.txt`, `debug/a/b/${id}${at}.txt`, `debug/d${at}/latest`],
    find: ['debug'],
    spares: (name) => name === `${ACTIVE}.txt` || name === 'latest'
  },
  todo: {
    names: (id, at) => [`todos/${id}${at}-agent-${id}${at}.json`, `todos/${at}.json`],
    find: ['todos', '-maxdepth', '1'],
    spares: (name) => new RegExp(`${ACTIVE}(?!\\d)`).test(name)
  },
  telemetry: {
    names: (id, at) => [`telemetry/1p_failed_events.${id}${at}.${at}.json`],
    find: ['telemetry', '-maxdepth', '1'],
    spares: (name) => new RegExp(`${ACTIVE}(?!\\d)`).test(name)
  },
  log: { names: (_id, at) => [`${at}.log`, `a/b/c/l${at}`], find: ['.'], spares: () => false }
}

/** Replays the row: `find -type f -mtime +N`, then the exceptions. */
function replay(home: string, type: ArtifactType): void {
  const { find, spares } = ROWS[type]
  const [place = '.', ...more] = find
  const args = [place, ...more, '-type', 'f', '-mtime', `+${V1_DAYS[type]}`, '-print0']
  for (const path of execFileSync('find', args, { cwd: home, encoding: 'utf8' }).split('\0').slice(0, -1)) {
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (spares(name)) continue
    if (type === 'transcript')
      rmSync(join(home, path.replace(/\.jsonl$/, '')), { recursive: true, force: true })
    rmSync(join(home, path))
  }
}

/** What is there, without the times of directories: those say when something went. */
const filesIn = (path: string): string[] => Object.keys(snapshot(path)).sort()

for (const type of ['transcript', 'debug', 'todo', 'telemetry', 'log'] as const) {
  test(`the ${type} row of v1: the same stays as after it`, async (t) => {
    const path = useTree(t)
    const [ours, theirs] = [join(path, 'ours'), join(path, 'theirs')]
    for (const [at, days] of AGES.entries()) {
      for (const name of ROWS[type].names(IDLE, at)) plant(join(ours, name), days)
      // An id that begins with the active one is another.
      for (const name of ROWS[type].names(ACTIVE, at)) plant(join(ours, name), days)
    }
    for (const name of ROWS[type].names(ACTIVE, Number.NaN)) plant(join(ours, name.replaceAll('NaN', '')), 90)
    if (type === 'transcript') plant(join(ours, `projects/-workspace-group/${IDLE}9/tool-results/x.txt`), 30)
    if (type === 'debug') symlinkSync('nowhere', join(ours, 'debug/latest'))
    cpSync(ours, theirs, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
    replay(theirs, type)
    const { tallies, errors } = await sweepHome(ours, {
      now: Date.now(),
      types: [type],
      active: () => [ACTIVE]
    })
    assert.deepEqual(errors, [])
    assert.ok((tallies[type]?.removed ?? 0) > 0)
    assert.deepEqual(filesIn(ours), filesIn(theirs))
  })
}

test('at the edge of a day a file is past it in the same instant as for find', async (t) => {
  const path = useTree(t)
  const edge = Date.now() - 4 * DAY
  // So close together that the edge, at whatever instant find starts, lies among them.
  for (let at = -200; at < 1800; at += 1) {
    const file = join(path, 'debug', `${at + 1000}.txt`)
    if (at === -200) mkdirSync(dirname(file))
    writeFileSync(file, '')
    const time = (edge + at * 2) / 1000
    utimesSync(file, time, time)
  }
  const count = (out: string) => out.split('\n').length - 1
  const stays = async (now: number) =>
    (await sweepHome(path, { now, types: ['debug'], dryRun: true })).tallies.debug?.removed ?? 0
  const before = Date.now()
  const theirs = count(
    execFileSync('find', ['debug', '-type', 'f', '-mtime', '+3'], { cwd: path, encoding: 'utf8' })
  )
  const after = Date.now() + 1
  assert.ok((await stays(before)) <= theirs && theirs <= (await stays(after)), 'it counts as find counted')
})
