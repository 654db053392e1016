import { repoText } from '../domain/fact.ts'
import type { SessionKey } from '../domain/names.ts'
import { describeError, errnoOf } from './file-error.ts'

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
      // Never followed: wherever it leads, it is not the service that was named.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs)
    })
    if (response.ok) return refusalOf(await readBounded(response))
    await response.body?.cancel()
    return { why: `it answered ${response.status}`, unreachable: false }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    // Of a host with several addresses the message is empty.
    return { why: errnoOf(cause) ?? describeError(cause), unreachable: true }
  }
}

/** The answer's text; undefined when it is too long to be the service's. */
async function readBounded(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > MAX_ANSWER_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What keeps `{ "dropped": { "worktree": bool, "session": bool } }` from meaning that the session went. */
function refusalOf(text: string | undefined): ResetRefusal | undefined {
  const session = droppedSession(text)
  if (session === true) return undefined
  const why = session === false ? 'it says that it had none' : 'its answer cannot be understood'
  return { why, unreachable: false }
}

function droppedSession(text: string | undefined): unknown {
  try {
    const { dropped } = JSON.parse(text ?? '') as { dropped?: { session?: unknown } }
    return dropped?.session
  } catch {
    return undefined
  }
}
