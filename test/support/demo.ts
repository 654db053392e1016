import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sweep } from './run-command.ts'
import { Sandbox } from './sandbox.ts'

const say = (text = '') => void process.stdout.write(`${text}\n`)

/** Three agents' work on one repo, of which half is over. */
function fill(sandbox: Sandbox): void {
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' },
    { number: 8, state: 'closed' },
    { number: 9, state: 'closed', merged: true, head: { branch: 'dev/7' } },
    { number: 11, state: 'open', head: { branch: 'dev/8' } }
  ])
  for (const key of [
    'boss:charles/peon:4',
    'dev:charles/peon:7',
    'dev:charles/peon:8',
    'reviewer:charles/peon:9'
  ]) {
    sandbox.addSession(key)
  }
  sandbox.addSession('boss:charles/peon:2', { sessionId: 'old', updatedAt: '2026-01-02T03:04:05Z' })
  sandbox.addWorktree('boss', 'charles/peon', 'boss/4')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/7', { dirty: 'untracked' })
  sandbox.addWorktree('reviewer', 'charles/peon', 'dev/7')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/8')
  sandbox.addWorktree('dev', 'charles/peon', 'dev/999')
}

function show(sandbox: Sandbox): void {
  say(`  sessions.json   ${sandbox.sessionKeys.join('\n                  ')}`)
  const root = join(sandbox.cacheDir, 'worktrees')
  const names = readdirSync(root).flatMap((agent) =>
    readdirSync(join(root, agent)).map((name) => `${agent}/${name}`)
  )
  say(`  worktrees       ${names.join('\n                  ')}`)
}

async function run(sandbox: Sandbox, ...args: string[]): Promise<number> {
  say(`\n$ claude-hooks-sweep ${args.join(' ')}`)
  const { code, stdout, stderr } = await sweep(sandbox, [...args, '--log-format', 'pretty'])
  process.stdout.write(stderr + stdout)
  say(`(exit code ${code})`)
  return code ?? 1
}

/** Shows the real command on a sandbox of its own: dry run, pass, what is left, and all of it brought back. */
async function demo(): Promise<number> {
  const sandbox = await Sandbox.create()
  try {
    fill(sandbox)
    say(`A sandbox in ${sandbox.path}: issue 4 is open, 7 and 8 are closed, pull request 9 is merged,`)
    say('pull request 11 from dev/8 is open, issue 999 does not exist:\n')
    show(sandbox)
    const codes = [await run(sandbox, '--dry-run'), await run(sandbox)]
    say('\nWhat is left:\n')
    show(sandbox)
    const last = JSON.parse(readFileSync(join(sandbox.stateDir, 'sweeper/last-run.json'), 'utf8'))
    codes.push(await run(sandbox, 'history', last.run), await run(sandbox, 'undo', last.run))
    say('\nAll is back:\n')
    show(sandbox)
    return Math.max(...codes, Number(last.exitCode))
  } finally {
    await sandbox.remove()
    say('\nThe sandbox is removed.')
  }
}

process.exitCode = await demo()
