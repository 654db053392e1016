import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CacheRoot } from '../../src/host/cache-root.ts'
import { readWorktrees } from '../../src/host/worktrees.ts'
import type { Sandbox } from '../support/sandbox.ts'

const AGENTS = ['boss', 'dev', 'reviewer']
const REPOS = 5

/** Registers worktrees as git does, in several clones, without numbers in their branches: nobody is asked. */
export function registerWorktrees(sandbox: Sandbox, count: number): void {
  const models = Array.from({ length: REPOS }, (_, index) => modelIn(sandbox, `charles/repo-${index}`))
  for (let number = 1; number < count - REPOS + 1; number += 1) {
    const model = models[number % REPOS]
    const agent = AGENTS[number % AGENTS.length]
    if (model !== undefined && agent !== undefined) register(sandbox, model, agent, `topic-${number}`)
  }
}

interface Model {
  readonly repo: string
  /** Where the clone keeps its worktrees' admin directories. */
  readonly admins: string
  readonly index: Buffer
  readonly log: Buffer
}

/** A worktree that git itself added: the others are made like it. */
function modelIn(sandbox: Sandbox, repo: string): Model {
  const admins = join(sandbox.addClone(repo), '.git/worktrees')
  const path = sandbox.addWorktree('dev', repo, 'model')
  const admin = readFileSync(join(path, '.git'), 'utf8').slice('gitdir: '.length).trim()
  return {
    repo,
    admins,
    index: readFileSync(join(admin, 'index')),
    log: readFileSync(join(admin, 'logs/HEAD'))
  }
}

function register(
  sandbox: Sandbox,
  { repo, admins, index, log }: Model,
  agent: string,
  branch: string
): void {
  const path = sandbox.worktreePath(agent, repo, branch)
  const admin = join(admins, branch)
  mkdirSync(path, { recursive: true })
  mkdirSync(join(admin, 'logs'), { recursive: true })
  writeFileSync(join(path, '.git'), `gitdir: ${admin}\n`)
  writeFileSync(join(admin, 'gitdir'), `${path}/.git\n`)
  writeFileSync(join(admin, 'commondir'), '../..\n')
  writeFileSync(join(admin, 'HEAD'), `ref: refs/heads/${branch}\n`)
  writeFileSync(join(admin, 'index'), index)
  writeFileSync(join(admin, 'logs/HEAD'), log)
}

/** How long it takes to read what decides on every worktree, in seconds, once for each round. */
export function scanTimes(sandbox: Sandbox, count: number, rounds: number): number[] {
  const root = new CacheRoot(sandbox.cacheDir)
  try {
    return Array.from({ length: rounds }, () => {
      const started = performance.now()
      const found = readWorktrees(root, Date.now()).filter(({ locked }) => locked.known)
      if (found.length !== count) throw new Error(`${found.length} of ${count} worktrees could be read`)
      return (performance.now() - started) / 1000
    })
  } finally {
    root.close()
  }
}
