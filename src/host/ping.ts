import { errnoOf } from './file-error.ts'

/** How long a ping is waited for, and how it is tried again. */
export interface Patience {
  /** For one try, the whole exchange. */
  readonly timeoutMs: number
  readonly tries: number
  readonly pauseMs: number
  readonly sleep: (ms: number) => Promise<void>
}

/**
 * The URL of one ping, as healthchecks.io lays it out: `<check>/start`, `<check>` for success,
 * `<check>/<exit code>` for failure. The check's own query stays as it is written.
 *
 * @param end what is added to the path; nothing for success
 * @param rid a UUID that ties a start to its end
 */
export function pingUrl(check: URL, end: string, rid: string): URL {
  const url = new URL(check)
  if (end !== '') url.pathname = `${url.pathname.replace(/\/+$/, '')}/${end}`
  if (!url.searchParams.has('rid')) url.search = `${url.search === '' ? '?' : `${url.search}&`}rid=${rid}`
  return url
}

/**
 * Sends a ping, with a text that the check shows. A try that was not heard is made again, one that
 * was refused is not.
 *
 * @returns why it failed, never with the URL, which is a secret; undefined when it was taken
 */
export async function ping(url: URL, body: string, patience: Patience): Promise<string | undefined> {
  const { timeoutMs, tries, pauseMs, sleep } = patience
  const { why, transient } = await tryPing(url, body, timeoutMs)
  if (!transient || tries <= 1) return why
  await sleep(pauseMs)
  return ping(url, body, { ...patience, tries: tries - 1 })
}

interface Try {
  readonly why: string | undefined
  readonly transient: boolean
}

async function tryPing(url: URL, body: string, timeoutMs: number): Promise<Try> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8', 'user-agent': 'claude-hooks-sweep' },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs)
    })
    const text = await readBeginning(response)
    if (!response.ok) return { why: `it answered ${response.status}`, transient: response.status >= 500 }
    return { why: readRefusal(text), transient: false }
  } catch (error) {
    return { why: describeFailure(error), transient: true }
  }
}

/** As much as came at once: the answer that matters has a few letters. */
async function readBeginning(response: Response): Promise<string> {
  for await (const chunk of response.body ?? []) return Buffer.from(chunk).toString('latin1')
  return ''
}

/** healthchecks.io answers 200 also when there is no such check, or too many pings. */
const readRefusal = (text: string): string | undefined => {
  const [, why] = /^OK \((not found|rate limited)\)/.exec(text) ?? []
  return why === undefined ? undefined : `it answered: ${why}`
}

/** By its code alone: the message of an error can hold the URL. */
function describeFailure(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'it did not answer in time'
  return errnoOf(error instanceof Error ? error.cause : undefined) ?? 'it could not be sent'
}
