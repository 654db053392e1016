/** The `code` of a failed system call (`ENOENT`), or undefined for any other error. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

export const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT'

/** Paths of hostile trees run to thousands of characters; git tells the cause behind them. */
const [HEAD, TAIL] = [120, 80]

/** What to say of an error, in one sentence, never a stack. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.length > HEAD + TAIL ? `${message.slice(0, HEAD)}…${message.slice(-TAIL)}` : message
}

/** The outcome of a read, or `fallback` when the thing is not there. */
export function unlessMissing<T, F>(read: () => T, fallback: F): T | F {
  try {
    return read()
  } catch (error) {
    if (isMissing(error)) return fallback
    throw error
  }
}
