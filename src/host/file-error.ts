/** The `code` of a failed system call (`ENOENT`), or undefined for any other error. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

export const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT'

/** What to say of an error: its code where it has one, never a stack. */
export const describeError = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

/** The outcome of a read, or `fallback` when the thing is not there. */
export function unlessMissing<T, F>(read: () => T, fallback: F): T | F {
  try {
    return read()
  } catch (error) {
    if (isMissing(error)) return fallback
    throw error
  }
}
