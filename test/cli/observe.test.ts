import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createObserver } from '../../src/cli/observe.ts'
import { createLog } from '../../src/report/log.ts'

const LOG = createLog(
  { level: 'silent', format: 'json', colour: false, redact: (text) => text },
  { write() {} }
)

test('progress says what is asked, how many of how many, and the time left once the pace is known', () => {
  const shown: string[] = []
  let now = 0
  const progress = { show: (text: string) => void shown.push(text), clear: () => {} }
  const observer = createObserver(LOG, progress, false, () => now)
  const repo = { owner: 'charles', name: 'peon' }
  const ask = (done: number, at: number) => {
    now = at
    observer.deciding(done, 1_000)
    observer.asking({ kind: 'issue', repo, number: 7 })
  }
  ask(0, 0)
  ask(5, 1_000)
  ask(20, 4_000)
  ask(990, 198_000)
  observer.asking({ kind: 'open-pulls', repo })
  observer.removing('/worktree', 2, 3)
  assert.deepEqual(shown, [
    '1 of 1000: asking Forgejo about charles/peon#7',
    '6 of 1000: asking Forgejo about charles/peon#7',
    '21 of 1000, 3 min left: asking Forgejo about charles/peon#7',
    '991 of 1000, 2 s left: asking Forgejo about charles/peon#7',
    '991 of 1000, 2 s left: asking Forgejo about the open pull requests of charles/peon',
    '2 of 3: removing /worktree'
  ])
})
