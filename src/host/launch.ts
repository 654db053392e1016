import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'

/** How a program is run. Its environment is exactly this. */
export interface LaunchOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly encoding: 'latin1' | 'utf8'
  readonly input?: string | Uint8Array
  /** After so many milliseconds it is ended. */
  readonly timeout?: number
}

/** What is to be run, or the number of what is to be ended. */
export type Order =
  | {
      readonly id: number
      readonly command: string
      readonly args: readonly string[]
      readonly options: LaunchOptions
    }
  | { readonly cancel: number }

/** What became of it. */
export interface Launched {
  readonly id: number
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | undefined
  /** The signal that ended it, or the code of what kept it from starting. */
  readonly why: string | undefined
}

/**
 * Runs a program to its end. It is started by a small process of its own: to start one, a process is copied, which takes
 * one of 100 MB four times as long as one of 40 MB, and everything else waits for it.
 *
 * It is out of reach of the signal that interrupts a pass, and goes on when this process is killed: what is begun is finished.
 *
 * @param cancelSignal ends it
 * @throws when the small process is gone
 */
export function launch(
  command: string,
  args: readonly string[],
  options: LaunchOptions,
  cancelSignal?: AbortSignal
): Promise<Launched> {
  launcher ??= new Launcher(() => {
    launcher = undefined
  })
  return launcher.run(command, args, options, cancelSignal)
}

/** Started with the first program: most passes run none. */
let launcher: Launcher | undefined

interface Waiting {
  readonly resolve: (launched: Launched) => void
  readonly reject: (error: Error) => void
}

class Launcher {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  /** @param ended told when its process is gone */
  constructor(ended: () => void) {
    // The same file beside this one, in the build and in the bundle.
    const script = join(import.meta.dirname, `launcher${extname(import.meta.filename)}`)
    this.#child = fork(script, {
      // Nothing of this process's environment: the token is in it.
      env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' },
      execArgv: [],
      // Node itself, also when its file was replaced meanwhile, or is where this user may not go.
      execPath: '/proc/self/exe',
      cwd: '/',
      detached: true,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc']
    })
    this.#child.on('message', (launched: Launched) => this.#settle(launched))
    const fail = (why: string) => {
      ended()
      for (const { reject } of this.#waiting.values())
        reject(new Error(`The process that starts programs ${why}`))
      this.#waiting.clear()
    }
    this.#child.on('error', ({ message }) => fail(`failed (${message})`))
    this.#child.on('exit', (code, signal) => fail(`ended (${signal ?? code})`))
    this.#rest()
  }

  /** While nobody waits for it, it keeps this process from nothing. */
  #rest(): void {
    this.#child.unref()
    this.#child.channel?.unref()
  }

  run(
    command: string,
    args: readonly string[],
    options: LaunchOptions,
    cancelSignal: AbortSignal | undefined
  ): Promise<Launched> {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#child.ref()
      this.#child.channel?.ref()
      this.#send({ id, command, args, options })
      const cancel = () => this.#send({ cancel: id })
      if (cancelSignal?.aborted === true) cancel()
      cancelSignal?.addEventListener('abort', cancel, { once: true })
    })
  }

  #send(order: Order): void {
    this.#child.send(order, (error) => {
      if (error !== null && 'id' in order) this.#take(order.id)?.reject(error)
    })
  }

  #settle(launched: Launched): void {
    this.#take(launched.id)?.resolve(launched)
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#rest()
    return waiting
  }
}
