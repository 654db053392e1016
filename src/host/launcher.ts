import { execa } from 'execa'
import type { Launched, Order } from './launch.ts'

/** A process by itself: runs programs as it is told to, and ends when nobody is there to tell it. */
const running = new Map<number, AbortController>()

process.on('message', async (order: Order) => {
  if ('cancel' in order) return running.get(order.cancel)?.abort()
  const { id, command, args, options } = order
  const cancellation = new AbortController()
  running.set(id, cancellation)
  const { input, ...more } = options
  const result = await execa(command, args, {
    ...more,
    extendEnv: false,
    // What would end it together with this process would end it when the pass is killed.
    detached: true,
    stripFinalNewline: false,
    reject: false,
    cancelSignal: cancellation.signal,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input })
  })
  running.delete(id)
  const { stdout, stderr, exitCode, signal, code } = result
  const launched: Launched = { id, stdout, stderr, exitCode, why: signal ?? code }
  // Whoever asked may be gone by now.
  process.send?.(launched, undefined, undefined, () => {})
})
