import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ForgejoStandIn } from './forgejo-stand-in.ts'

/** How a worktree is made. */
export interface WorktreeOptions {
  /** Work that exists nowhere else: `commit` is unpushed, the others are not even committed. */
  readonly dirty?: 'commit' | 'modified' | 'staged' | 'untracked' | 'ignored'
  readonly files?: Readonly<Record<string, string>>
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'agent',
  GIT_AUTHOR_EMAIL: 'agent@example.invalid',
  GIT_COMMITTER_NAME: 'agent',
  GIT_COMMITTER_EMAIL: 'agent@example.invalid',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1'
}

/** A real state: bare remotes, cache clones, worktrees, a session store, and a Forgejo on loopback. */
export class Sandbox {
  readonly path = mkdtempSync(join(tmpdir(), 'sweep-sandbox-'))
  readonly stateDir = join(this.path, 'state')
  readonly cacheDir = join(this.path, 'cache')
  readonly store = join(this.stateDir, 'sessions.json')
  readonly forgejo: ForgejoStandIn
  readonly #saved = join(this.path, 'saved')
  #sessions: Record<string, unknown> = {}

  private constructor(forgejo: ForgejoStandIn) {
    this.forgejo = forgejo
    mkdirSync(this.stateDir)
    mkdirSync(join(this.cacheDir, 'worktrees'), { recursive: true })
  }

  static async create(): Promise<Sandbox> {
    return new Sandbox(await ForgejoStandIn.start())
  }

  async remove(): Promise<void> {
    await this.forgejo.stop()
    // Trees in it may be deeper than any path is long.
    execFileSync('rm', ['-rf', this.path])
  }

  /** The settings that point the command at this sandbox. */
  get env(): Record<string, string> {
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: join(this.path, 'home'),
      FORGEJO_URL: this.forgejo.url,
      FORGEJO_TOKEN: 'all',
      CLAUDE_HOOKS_STATE_DIR: this.stateDir,
      CLAUDE_HOOKS_CACHE_DIR: this.cacheDir
    }
  }

  git(directory: string, ...args: string[]): string {
    const env = { PATH: process.env['PATH'], HOME: this.path, ...IDENTITY }
    return execFileSync('git', args, {
      cwd: directory,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore']
    })
  }

  clonePath(repo: string): string {
    return join(this.cacheDir, 'repos', repo)
  }

  /** A bare remote with one commit, and its cache clone. */
  addClone(repo: string, files: Readonly<Record<string, string>> = { 'README.md': `# ${repo}\n` }): string {
    const remote = join(this.path, 'remotes', `${repo}.git`)
    const seed = join(this.path, 'seeds', repo)
    for (const directory of [remote, seed]) mkdirSync(directory, { recursive: true })
    this.git(remote, 'init', '-q', '--bare', '-b', 'main')
    this.git(seed, 'init', '-q', '-b', 'main')
    for (const [name, text] of Object.entries({ '.gitignore': 'node_modules/\n.env\n', ...files })) {
      writeFileSync(join(seed, name), text)
    }
    this.git(seed, 'add', '-A')
    this.git(seed, 'commit', '-q', '-m', 'first')
    this.git(seed, 'push', '-q', remote, 'main')
    const clone = this.clonePath(repo)
    mkdirSync(join(clone, '..'), { recursive: true })
    this.git(this.path, 'clone', '-q', remote, clone)
    return clone
  }

  worktreePath(agent: string, repo: string, branch: string): string {
    const name = `${repo.replace('/', '__')}__${branch.replaceAll('/', '%2F')}`
    return join(this.cacheDir, 'worktrees', agent, name)
  }

  /** A worktree as claude-hooks makes it. A branch that exists is checked out once more. */
  addWorktree(agent: string, repo: string, branch: string, options: WorktreeOptions = {}): string {
    const path = this.worktreePath(agent, repo, branch)
    const clone = this.clonePath(repo)
    const exists = this.git(clone, 'branch', '--list', branch) !== ''
    const place = exists ? ['--force', path, branch] : ['-b', branch, path, 'origin/main']
    this.git(clone, 'worktree', 'add', '-q', ...place)
    for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(path, name), text)
    if (options.dirty !== undefined) this.dirty(path, options.dirty)
    return path
  }

  dirty(path: string, how: NonNullable<WorktreeOptions['dirty']>): void {
    const name =
      { ignored: '.env', untracked: 'notes.txt', commit: 'work.txt' }[how as 'ignored'] ?? 'README.md'
    writeFileSync(join(path, name), `${how}\n`)
    if (how === 'staged') this.git(path, 'add', name)
    if (how !== 'commit') return
    this.git(path, 'add', name)
    this.git(path, 'commit', '-q', '-m', 'work')
  }

  /** Writes the session store anew with one more entry; a bare id unless told otherwise. */
  addSession(
    key: string,
    entry: unknown = { sessionId: `id of ${key}`, updatedAt: new Date().toISOString() }
  ): void {
    this.#sessions = { ...this.#sessions, [key]: entry }
    writeFileSync(this.store, `${JSON.stringify(this.#sessions, null, 2)}\n`)
  }

  /** Keeps a copy of what is on disk by now, for {@link restore}. */
  save(): void {
    mkdirSync(this.#saved)
    execFileSync('cp', ['-a', this.cacheDir, this.stateDir, this.#saved])
  }

  /** Makes all as it was saved, at the same paths. */
  restore(): void {
    execFileSync('rm', ['-rf', this.cacheDir, this.stateDir])
    execFileSync('cp', ['-a', join(this.#saved, 'cache'), join(this.#saved, 'state'), this.path])
  }

  get sessionKeys(): string[] {
    return Object.keys(JSON.parse(readFileSync(this.store, 'utf8')) as object)
  }
}
