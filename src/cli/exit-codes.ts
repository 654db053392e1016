/** One way to end: the exit code, what it means, and the `code` of the errors that lead to it. */
type Ending = readonly [exitCode: string, meaning: string, ...errorCodes: string[]]

/** The one table of exit codes; `--help` prints it. */
const ENDINGS: readonly Ending[] = [
  ['0', 'done; nothing went wrong'],
  ['1', 'done, but at least one entry failed', 'SYSTEMD_UNUSABLE'],
  ['64', 'wrong usage', 'NO_SUCH_ENTRY', 'NO_SUCH_RUN', 'NOTHING_TO_UNDO', 'INSTALL_REFUSED'],
  ['65', 'the session store is corrupt; nothing was removed', 'STORE_CORRUPT'],
  ['69', 'Forgejo could not be reached; nothing was removed on its word'],
  ['70', 'a bug'],
  ['75', 'another pass is running', 'LOCK_HELD'],
  ['77', 'Forgejo refused the token; nothing was removed', 'TOKEN_REFUSED'],
  ['78', 'a setting is missing or wrong', 'SETTINGS_WRONG', 'STATE_UNUSABLE', 'LOCK_UNAVAILABLE'],
  ['130, 143', 'interrupted; the entry in hand was finished']
]

export const USAGE = 64
export const BUG = 70
export const LOCKED = 75

/** Each exit code with what it means. */
export const exitCodes = (): (readonly [exitCode: string, meaning: string])[] =>
  ENDINGS.map(([code, meaning]) => [code, meaning])

export const exitCodeTable = (): string =>
  ['Exit codes:', ...exitCodes().map(([code, meaning]) => `  ${code.padEnd(9)} ${meaning}`)].join('\n')

/** What the table says of one exit code. */
export const describeExit = (exitCode: number): string =>
  ENDINGS.find(([code]) => code === String(exitCode))?.[1] ?? `exit code ${exitCode}`

/** The exit code for an error that ended the pass. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const ending = ENDINGS.find(([, , ...errorCodes]) => errorCodes.includes(code))
  return ending === undefined ? BUG : Number(ending[0])
}
