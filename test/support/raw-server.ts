import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** Answers one request, byte for byte as it likes, or does not. */
export type RawAnswer = (socket: Socket, path: string) => void

/** Serves on loopback, below HTTP, until the test ends. Resolves to its address, without scheme. */
export async function serveRaw(t: TestContext, answer: RawAnswer): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    // A client that gives up is no fault of the server's.
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      answer(socket, /^GET (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? '')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}/`
}

/** An answer as it goes over the wire; the headers that it needs are added unless given. */
export function wire(body: string | Buffer, { status = 200, headers = {} }: WireOptions = {}): Buffer {
  const length = Buffer.byteLength(body)
  const all = { 'content-type': 'application/json', 'content-length': `${length}`, ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} X\r\n${lines.join('')}\r\n`), Buffer.from(body)])
}

interface WireOptions {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
}
