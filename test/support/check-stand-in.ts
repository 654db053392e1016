import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the stand-in answers a ping. */
export type CheckMood = 'well' | 'unknown' | 'broken' | 'moved' | 'silent'

/** A check of healthchecks.io on loopback, under a path that nobody may learn. */
export class CheckStandIn {
  mood: CheckMood = 'well'
  readonly secret = '5f1e8a3c-the-secret-check'
  /** Each ping as method, path and query without the secret, and body. */
  readonly seen: string[] = []
  /** How many pings go wrong before the mood is well again. */
  moodFor = Number.POSITIVE_INFINITY
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<CheckStandIn> {
    const server = createServer()
    const check = new CheckStandIn(server)
    server.on('request', async (request, response) => {
      let body = ''
      for await (const chunk of request) body += String(chunk)
      check.seen.push(`${request.method} ${request.url?.replace(`/${check.secret}`, '')} ${body}`.trimEnd())
      const mood = check.moodFor > 0 ? check.mood : 'well'
      check.moodFor -= 1
      if (mood === 'well') response.end('OK')
      if (mood === 'unknown') response.end('OK (not found)')
      if (mood === 'broken') response.writeHead(500).end()
      if (mood === 'moved') response.writeHead(301, { location: '/elsewhere' }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return check
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.secret}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
