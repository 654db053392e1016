import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Report } from '../../src/domain/report.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { chooseFormat, createLog, type LogFormat, withFields } from '../../src/report/log.ts'
import { printable, shorten } from '../../src/report/printable.ts'
import { createProgress } from '../../src/report/progress.ts'
import { createRedact } from '../../src/report/redact.ts'
import { formatAge, renderTable } from '../../src/report/table.ts'

const SECRET = 's3cret"token/'

/** A log and what it wrote. */
function useLog(format: LogFormat, level = 'debug', colour = false) {
  const lines: string[] = []
  const redact = createRedact([SECRET, ''])
  const log = createLog({ level, format, colour, redact }, { write: (line) => void lines.push(line) })
  return { log, lines }
}

test('pretty on a terminal, for the journal when stderr is its socket, else JSON', () => {
  const stderr = { dev: 8, ino: 42 }
  assert.equal(chooseFormat(true, '8:42', stderr), 'pretty')
  assert.equal(chooseFormat(false, '8:42', stderr), 'journal')
  assert.equal(chooseFormat(false, '8:43', stderr), 'json')
  assert.equal(chooseFormat(false, undefined), 'json')
})

test("the journal's lines carry its priorities, and are one line each", () => {
  const { log, lines } = useLog('journal')
  log.debug({ reason: 'open' }, 'Kept a\nb')
  log.info('Dropped')
  log.warn('Odd')
  log.error('Bad')
  log.fatal('Worse')
  assert.deepEqual(lines, [
    '<7>Kept a\\x0ab reason="open"\n',
    '<6>Dropped\n',
    '<4>Odd\n',
    '<3>Bad\n',
    '<3>Worse\n'
  ])
})

test('fields that every line has come before its own', () => {
  const { log, lines } = useLog('journal')
  const own = withFields(log, { run: 'x' })
  own.info('Dropped')
  own.error({ code: 'Y' }, 'Bad')
  assert.deepEqual(lines, ['<6>Dropped run="x"\n', '<3>Bad run="x" code="Y"\n'])
})

test('JSON lines name the level and the time', () => {
  const { log, lines } = useLog('json')
  log.info({ entry: 'x' }, 'Dropped x')
  const { time, ...rest } = JSON.parse(lines[0] ?? '')
  assert.deepEqual(rest, { level: 'info', entry: 'x', msg: 'Dropped x' })
  assert.ok(Date.parse(time) > 0)
})

test('pretty lines can be read without colour, and no name moves the cursor', () => {
  const { log, lines } = useLog('pretty')
  log.info({ entry: 'x' }, 'Removed \u001b[2Jdev')
  assert.match(lines[0] ?? '', /^\[\d\d:\d\d:\d\d\] INFO: Removed \\x1b\[2Jdev\n$/)
  const coloured = useLog('pretty', 'info', true)
  coloured.log.info('x')
  assert.ok(coloured.lines[0]?.includes('\u001b['))
})

test('below its level a log writes nothing', () => {
  const { log, lines } = useLog('json', 'error')
  log.debug('x')
  log.warn('x')
  assert.deepEqual(lines, [])
  const silent = useLog('json', 'silent')
  silent.log.fatal('x')
  assert.deepEqual(silent.lines, [])
})

for (const format of ['json', 'journal', 'pretty'] as const) {
  test(`a secret reaches no ${format} line, not inside the cause of an error either`, () => {
    const { log, lines } = useLog(format)
    const cause = new Error(`Authorization: token ${SECRET}`)
    log.error({ err: new Error('failed', { cause }) }, `asked ${encodeURIComponent(SECRET)}`)
    const text = lines.join('')
    assert.match(text, /\[redacted\]/)
    for (const form of [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)]) {
      assert.equal(text.includes(form), false)
    }
  })
}

test('text is shortened from the middle', () => {
  assert.equal(shorten('abcdefgh', 8), 'abcdefgh')
  assert.equal(shorten('abcdefghi', 5), 'ab…hi')
  assert.equal(shorten('abcdefghi', 1), '…')
  assert.equal(printable('a\u202eb\u0007'), 'a\\u202eb\\x07')
})

test('progress is one line that is erased, and nothing without a terminal', () => {
  const written: string[] = []
  const terminal = { isTTY: true, columns: 10, write: (text: string) => written.push(text) }
  const progress = createProgress(terminal)
  progress.clear()
  progress.show('Asking Forgejo')
  progress.clear()
  progress.clear()
  assert.deepEqual(written, ['\r\u001b[2KAski…gejo', '\r\u001b[2K'])
  const piped = createProgress({ write: () => assert.fail('written') })
  piped.show('x')
  piped.clear()
})

test('a terminal that says it has no columns is taken for one of 80', () => {
  const written: string[] = []
  const terminal = { isTTY: true, columns: 0, write: (text: string) => written.push(text) }
  createProgress(terminal).show('x'.repeat(200))
  assert.equal(written.join('').length, '\r\u001b[2K'.length + 79)
})

test('where there is no room nothing is left of a text', () => {
  assert.deepEqual(
    [0, -1, -9].map((width) => shorten('abcdefghi', width)),
    ['', '', '']
  )
})

const decision = { reason: 'closed', evidence: {} } as const
const ENTRIES: Report['entries'] = [
  {
    kind: 'session',
    key: 'dev:charles/peon:7',
    agent: 'dev',
    repo: 'charles/peon',
    number: 7,
    ...decision,
    action: 'drop',
    ageMs: 3 * DAY
  },
  {
    kind: 'worktree',
    path: `/cache/${'x'.repeat(60)}\u001b/end`,
    agent: 'dev',
    repo: null,
    branch: null,
    number: null,
    ...decision,
    action: 'remove',
    ageMs: null,
    bytes: 1500
  }
]

test('the table fits the width, and can be read without colour', () => {
  const report = { entries: ENTRIES } as unknown as Report
  const text = renderTable(report, 60, false)
  const lines = text.trimEnd().split('\n')
  assert.deepEqual(lines.slice(0, 2), [
    'ACTION  REASON  AGE  SIZE    ENTRY',
    'drop    closed  3d   -       dev:charles/peon:7'
  ])
  assert.match(lines[2] ?? '', /^remove {2}closed {2}- {4}1\.5 kB {2}\/cache\/x+…x+\\x1b\/end$/)
  assert.ok(lines.every((line) => line.length <= 60))
  assert.ok(renderTable(report, 60, true).includes('\u001b['))
})

test('ages are told in their largest whole unit', () => {
  assert.deepEqual([40 * DAY, 5 * HOUR, 3 * MINUTE, 10].map(formatAge), ['40d', '5h', '3m', '0m'])
})
