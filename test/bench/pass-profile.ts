import { writeFileSync } from 'node:fs'
import { Sandbox } from '../support/sandbox.ts'
import { spawn } from 'node:child_process'
import { BIN } from '../support/run-command.ts'
import { addLargeClone, addWorktrees, makeDirty } from './many-worktrees.ts'
// args: repos each files dirtyEvery issuesAsked(0/1) ...node options
const [repos, each, files, dirty, asked] = process.argv.slice(2).map(Number) as [number, number, number, number, number]
const sandbox = await Sandbox.create()
const now = asked ? new Date().toISOString() : '2020-01-01T00:00:00Z'
const store: Record<string, unknown> = {}
const t0 = performance.now()
for (let r = 1; r <= repos; r += 1) {
  const repo = `charles/repo-${r}`
  addLargeClone(sandbox, repo, files)
  const paths = addWorktrees(sandbox, 'dev', repo, each)
  paths.forEach((p, i) => { if (dirty && i % dirty === 0) makeDirty(sandbox, p) })
  sandbox.forgejo.add(repo, paths.map((_, i) => ({ number: i + 1, state: 'closed' })))
  for (let n = 1; n <= each; n += 1) store[`dev:${repo}:${n}`] = { id: 'x', updatedAt: now }
}
writeFileSync(sandbox.store, JSON.stringify(store))
console.error('made in', ((performance.now() - t0) / 1000).toFixed(1))
const o = await run()
console.error(o.code, (o.elapsedMs / 1000).toFixed(2), 's', o.stdout, o.stderr.slice(0, 1500), 'requests', sandbox.forgejo.seen.length)
const seen = sandbox.forgejo.seen
console.error('asking took', (((seen.at(-1)?.at ?? 0) - (seen[0]?.at ?? 0)) / 1000).toFixed(2))
await sandbox.remove()

async function run() {
  const t = performance.now()
  const pre = (process.env['PRE'] ?? '').split(' ').filter(Boolean)
  const opt = (process.env['NO'] ?? '').split(' ').filter(Boolean)
  const [c = '', ...a] = [...pre, process.execPath, ...opt, BIN, '--log-level', 'error']
  const child = spawn(c, a, { env: { ...sandbox.env, SWEEPER_LOOKUP: 'each' }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''; let stderr = ''
  child.stdout.on('data', (x) => { stdout += x }); child.stderr.on('data', (x) => { stderr += x })
  const code = await new Promise((r) => child.on('close', r))
  return { code, stdout, stderr, elapsedMs: performance.now() - t }
}
