import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sweep } from '../support/run-command.ts'
import { useSandbox } from '../support/use-sandbox.ts'

test('what stays is decided on without git, and without any process but the lock', async (t) => {
  const sandbox = await useSandbox(t)
  const programs = join(sandbox.path, 'programs')
  mkdirSync(programs)
  symlinkSync(
    execFileSync('sh', ['-c', 'command -v flock'], { encoding: 'utf8' }).trim(),
    join(programs, 'flock')
  )
  sandbox.addClone('charles/peon')
  for (const branch of ['topic', 'dev/1', 'dev/2']) sandbox.addWorktree('dev', 'charles/peon', branch)
  sandbox.forgejo.add('charles/peon', [
    { number: 1, state: 'open' },
    { number: 2, state: 'open' }
  ])
  sandbox.addSession('dev:charles/peon:1')
  const { code, summary, stderr } = await sweep(sandbox, [], { PATH: programs })
  assert.deepEqual(
    [code, stderr, summary],
    [0, '', 'swept: 0 sessions, 0 worktrees, 0 cache clones; skipped: 3 (2 still active, 1 too young)']
  )
})
