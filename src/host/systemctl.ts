import { spawnSync } from 'node:child_process'

/** systemd is not there, or does not do what it is told. */
class SystemdError extends Error {
  readonly code = 'SYSTEMD_UNUSABLE'
}

const TIMEOUT_MS = 90_000

/** The `systemctl` of one systemd. (`execa` would take as long to load as all of this.) */
export class Systemctl {
  readonly #scope: string
  readonly #consequence: string
  readonly #env: Readonly<Record<string, string | undefined>>

  /**
   * @param env the environment; without `XDG_RUNTIME_DIR` (after `su`) the user's usual one is taken
   * @param consequence what it means when systemd does not do it, as the end of a sentence
   */
  constructor(
    scope: 'user' | 'system',
    env: Readonly<Record<string, string | undefined>>,
    consequence: string
  ) {
    this.#scope = `--${scope}`
    this.#consequence = consequence
    this.#env = { XDG_RUNTIME_DIR: `/run/user/${process.getuid?.() ?? 0}`, ...env, LC_ALL: 'C' }
  }

  /** @throws SystemdError that tells what systemctl said */
  run(...args: readonly string[]): void {
    const { status, said } = this.#start(args)
    if (status === 0) return
    const command = `systemctl ${this.#scope} ${args.join(' ')}`
    throw new SystemdError(`${command} failed, so ${this.#consequence}: ${said}`)
  }

  /** Whether it ends with success. @throws SystemdError when there is no systemctl */
  succeeds(...args: readonly string[]): boolean {
    return this.#start(args).status === 0
  }

  #start(args: readonly string[]): { status: number | null; said: string } {
    const { status, stderr, error } = spawnSync('systemctl', [this.#scope, ...args], {
      env: this.#env,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS
    })
    if (error !== undefined && 'code' in error && error.code === 'ENOENT') {
      throw new SystemdError(`There is no systemctl on this machine: ${this.#consequence}`)
    }
    return { status, said: error?.message ?? stderr.trim().replaceAll(/\s*\n\s*/g, ' ') }
  }
}
