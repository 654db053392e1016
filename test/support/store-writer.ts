import { readFileSync, renameSync, writeFileSync } from 'node:fs'

/** One write of the store: the key that it added, and when its rename began and was over. */
export interface StoreWrite {
  readonly key: string
  /** Microseconds since 1970. */
  readonly before: number
  readonly after: number
}

/** Uneven, so that it never keeps step with what it is beside. */
const pauseMs = (): number => 1 + Math.random() * 6

/** Every so many writes an entry is past its age, so that each sweep finds something to drop. */
const OLD_EVERY = 10

/** The fine clock, held to the system's, which may be set meanwhile. */
function wallClock(): number {
  const ms = Date.now()
  return Math.min(Math.max(performance.timeOrigin + performance.now(), ms), ms + 1) * 1000
}

/** Adds an entry as the service does: reads, writes beside, renames; no other process is asked. */
function write(store: string, number: number): StoreWrite {
  const entries = JSON.parse(readFileSync(store, 'utf8')) as Record<string, unknown>
  const key = `service:charles/peon:${number}`
  entries[key] = { id: 'young', updatedAt: new Date().toISOString() }
  if (number % OLD_EVERY === 0) entries[`old:charles/peon:${number}`] = { updatedAt: '2020-01-01T00:00:00Z' }
  writeFileSync(`${store}.service`, JSON.stringify(entries))
  const before = wallClock()
  renameSync(`${store}.service`, store)
  return { key, before, after: wallClock() }
}

/** Writes until stdin ends, then tells what it wrote. */
function run(store: string): void {
  const writes: StoreWrite[] = []
  let timer: NodeJS.Timeout | undefined
  const next = () => {
    writes.push(write(store, writes.length + 1))
    timer = setTimeout(next, pauseMs())
  }
  next()
  process.stdin.resume().on('end', () => {
    clearTimeout(timer)
    process.stdout.write(JSON.stringify(writes))
  })
}

const [store] = process.argv.slice(2)
if (store !== undefined) run(store)
