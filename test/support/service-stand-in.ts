import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Sandbox } from './sandbox.ts'

/** How the stand-in answers: as the service does, or not. */
export type ServiceMood = 'well' | 'mute' | 'refusing' | 'silent' | 'rubbish' | 'redirecting' | 'lying'

/** What claude-hooks does on `POST /reset`: drops the session, and the agent's worktree with it. */
export class ServiceStandIn {
  mood: ServiceMood = 'well'
  /** What happens elsewhere right after a reset. */
  meanwhile = () => {}
  readonly seen: string[] = []
  readonly #server: Server
  readonly #sandbox: Sandbox

  private constructor(sandbox: Sandbox, server: Server) {
    this.#sandbox = sandbox
    this.#server = server
  }

  static async start(sandbox: Sandbox): Promise<ServiceStandIn> {
    const server = createServer()
    const service = new ServiceStandIn(sandbox, server)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let body = ''
      request.on('data', (chunk) => {
        body += String(chunk)
      })
      request.on('end', () => service.#answer(`${request.method} ${request.url} ${body}`, body, response))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return service
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hooks`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(line: string, body: string, response: ServerResponse): void {
    this.seen.push(line)
    switch (this.mood) {
      case 'well':
        return void response.end(JSON.stringify({ dropped: this.#reset(body) }))
      // It does what it is asked for, and its answer gets lost.
      case 'mute':
        return void this.#reset(body)
      case 'lying':
        return void response.end(JSON.stringify({ dropped: { worktree: false, session: true } }))
      case 'refusing':
        return void response.writeHead(500).end('no')
      case 'rubbish':
        return void response.end('<html>')
      case 'redirecting':
        return void response.writeHead(302, { location: '/elsewhere' }).end()
      case 'silent':
        return
    }
  }

  #reset(body: string): { worktree: boolean; session: boolean } {
    const { agent, repo, issue } = JSON.parse(body) as { agent: string; repo: string; issue: number }
    const store = JSON.parse(readFileSync(this.#sandbox.store, 'utf8')) as Record<string, unknown>
    const key = `${agent}:${repo}:${issue}`
    const session = key in store
    delete store[key]
    writeFileSync(`${this.#sandbox.store}.service`, JSON.stringify(store))
    renameSync(`${this.#sandbox.store}.service`, this.#sandbox.store)
    const worktree = this.#sandbox.worktreePath(agent, repo, `${agent}/${issue}`)
    const hadWorktree = existsSync(worktree)
    rmSync(worktree, { recursive: true, force: true })
    this.meanwhile()
    return { worktree: hadWorktree, session }
  }
}
