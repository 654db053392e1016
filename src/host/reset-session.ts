import { repoText } from '../domain/fact.ts'
import type { SessionKey } from '../domain/names.ts'
import { describeError } from './file-error.ts'

/** The service did not reset a session: by its own word, or because it cannot be talked to at all. */
export interface ResetRefusal {
  readonly why: string
  readonly unreachable: boolean
}

/** A longer answer is none of the service's. */
const MAX_ANSWER_BYTES = 65_536

/**
 * Has the running service drop a session: `POST <base>/reset`. Node's own `fetch` does for a request or two.
 *
 * @param timeoutMs for the whole exchange
 * @returns undefined when the service says that the session is dropped
 */
export async function resetSession(
  base: URL,
  { agent, repo, number }: SessionKey,
  timeoutMs: number
): Promise<ResetRefusal | undefined> {
  const url = new URL('reset', base.href.endsWith('/') ? base : `${base.href}/`)
  const body = JSON.stringify({ agent, repo: repoText(repo), issue: number })
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs)
    })
    if (!response.ok) {
      await response.body?.cancel()
      return { why: `it answered ${response.status}`, unreachable: false }
    }
    return saysDropped(await readBounded(response)) ? undefined : { why: 'it did not', unreachable: false }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { why: describeError(cause), unreachable: true }
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) throw new Error('its answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `{ "dropped": { "worktree": bool, "session": bool } }` */
function saysDropped(text: string): boolean {
  try {
    const { dropped } = JSON.parse(text) as { dropped?: { session?: unknown } }
    return dropped?.session === true
  } catch {
    return false
  }
}
