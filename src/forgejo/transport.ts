import { isUtf8 } from 'node:buffer'
import type { Agent } from 'undici'

/** An HTTP answer as it came; `body` is its text, empty when it is not UTF-8: then it is no JSON. */
export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  readonly location: string | undefined
  readonly retryAfter: string | undefined
  readonly date: string | undefined
  readonly totalCount: string | undefined
  readonly body: string
}

/** GETs a path below the base URL's `/api/v1`; throws a {@link TransportError} when no answer comes. */
export interface Transport {
  get(path: string): Promise<HttpAnswer>
  close(): Promise<void>
}

/** No usable HTTP answer came. The message names no URL and no header: neither may reach a log. */
export class TransportError extends Error {
  readonly code: 'FORGEJO_TIMEOUT' | 'FORGEJO_UNREACHABLE' | 'FORGEJO_BAD_ANSWER'

  constructor(code: TransportError['code'], message: string) {
    super(message)
    this.code = code
  }
}

/** The largest answer that is read: 50 pull requests with long texts stay far below it. */
const MAX_BODY_BYTES = 16 * 1024 * 1024

export interface TransportOptions {
  readonly baseUrl: URL
  readonly token: string
  /** For one request, from its start to the last byte of the answer. */
  readonly timeoutMs: number
}

/** Redirects are never followed: the token would go wherever the answer says. */
export function createTransport({ baseUrl, token, timeoutMs }: TransportOptions): Transport {
  const api = `${baseUrl.href.replace(/\/+$/, '')}/api/v1`
  let agent: Agent | undefined
  return {
    async get(path) {
      // Loaded when there is a question: it is the heaviest of all imports.
      const { Agent, request } = await import('undici')
      agent ??= new Agent({ connections: 1, pipelining: 1 })
      const headers = {
        // Forgejo 7 and 11 want `token` in lower case.
        authorization: `token ${token}`,
        accept: 'application/json',
        'user-agent': 'claude-hooks-sweep'
      }
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const answer = await request(`${api}${path}`, { dispatcher: agent, headers, signal })
        const header = (name: string) => firstOf(answer.headers[name])
        return {
          status: answer.statusCode,
          contentType: header('content-type') ?? '',
          location: header('location'),
          retryAfter: header('retry-after'),
          date: header('date'),
          totalCount: header('x-total-count'),
          body: await readBody(answer.body)
        }
      } catch (error) {
        throw signal.aborted ? timedOut(timeoutMs) : unreachable(error)
      }
    },
    async close() {
      await agent?.destroy()
    }
  }
}

const firstOf = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value

async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) {
      throw new TransportError('FORGEJO_BAD_ANSWER', 'Forgejo answered with more than 16 MiB')
    }
    chunks.push(chunk)
  }
  const all = Buffer.concat(chunks)
  // Decoded leniently, an answer that was damaged on its way could still look whole.
  return isUtf8(all) ? all.toString('utf8') : ''
}

const timedOut = (timeoutMs: number): TransportError =>
  new TransportError('FORGEJO_TIMEOUT', `Forgejo gave no full answer within ${timeoutMs} ms`)

function unreachable(error: unknown): TransportError {
  if (error instanceof TransportError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
  return new TransportError('FORGEJO_UNREACHABLE', `The connection to Forgejo failed (${code})`)
}
