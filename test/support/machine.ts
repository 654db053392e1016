import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { hasCommand } from './has-command.ts'

const BOOT = fileURLToPath(new URL('../../../test/support/boot-machine', import.meta.url))

/** How a command ended inside a machine. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A throw-away copy of this machine that runs under a real systemd, on this machine's network. */
export class Machine {
  readonly #systemd: string
  readonly #stop: () => Promise<void>

  private constructor(systemd: string, stop: () => Promise<void>) {
    this.#systemd = systemd
    this.#stop = stop
  }

  /**
   * @param shared what is seen inside, by the path that it has there; `/tmp` is empty otherwise
   * @returns the machine, or why there can be none here
   */
  static async boot(
    shared: Readonly<Record<string, { path: string; writable?: boolean }>>
  ): Promise<Machine | string> {
    if (process.getuid?.() !== 0) return 'a systemd of its own needs root'
    if (!hasCommand('systemd-nspawn')) return 'systemd-nspawn is not installed'
    const binds = Object.entries(shared).map(
      ([inside, { path, writable = false }]) =>
        `--bind${writable ? '' : '-ro'}=${escaped(path)}:${escaped(inside)}`
    )
    const child = spawn(BOOT, binds, { stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
    const ready = new Promise<string>((resolve) => {
      child.stdout
        .setEncoding('utf8')
        .on('data', (text: string) => resolve(/^ready (\d+)/.exec(text)?.[1] ?? ''))
      child.on('close', () => resolve(''))
    })
    const stop = (): Promise<void> => {
      child.stdin.end()
      return ended
    }
    const systemd = await ready
    if (systemd !== '') return new Machine(systemd, stop)
    await stop()
    return `systemd-nspawn cannot boot here: ${said.trim().split('\n').at(-1) || 'it ended without a word'}`
  }

  /** Runs a command inside, as root or as the user of that id, who needs a user manager for `systemctl --user`. */
  run(command: readonly string[], user?: { uid: number; home: string }): Promise<Ran> {
    const env = {
      PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
      HOME: user?.home ?? '/root',
      LC_ALL: 'C',
      // Else Node hands it on by itself, and what runs inside may not write there.
      NODE_V8_COVERAGE: undefined
    }
    const as =
      user === undefined ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.uid}`, '--clear-groups']
    const args = ['-t', this.#systemd, '-a', ...as, ...command]
    return new Promise((resolve) => {
      execFile('nsenter', args, { env, encoding: 'utf8', timeout: 120_000 }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
      })
    })
  }

  /** Takes everything away again. */
  stop(): Promise<void> {
    return this.#stop()
  }
}

const escaped = (path: string): string => path.replaceAll(/[\\:]/g, '\\$&')
