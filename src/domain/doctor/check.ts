/** What one look came to. `wrong`: a pass would fail, or do less than it should. `warning`: somebody should look. */
export interface Check {
  readonly name: string
  readonly outcome: 'ok' | 'warning' | 'wrong'
  /** What was seen, as one phrase. */
  readonly saw: string
  /** What to do about it; null when there is nothing to do. */
  readonly advice: string | null
  /** What the command ends with when nothing worse is found, by the table of exit codes. */
  readonly exitCode: ExitCode
}

/** Checks that belong together, under one heading. */
export interface CheckGroup {
  readonly title: string
  readonly checks: readonly Check[]
}

type ExitCode = 0 | 1 | 65 | 69 | 77 | 78

export const ok = (name: string, saw: string): Check => ({
  name,
  outcome: 'ok',
  saw,
  advice: null,
  exitCode: 0
})

export const warning = (name: string, saw: string, advice: string): Check => ({
  name,
  outcome: 'warning',
  saw,
  advice,
  exitCode: 1
})

/** A warning that may well be as it should be, and so does not change how the command ends. */
export const hint = (name: string, saw: string, advice: string): Check => ({
  ...warning(name, saw, advice),
  exitCode: 0
})

export const wrong = (name: string, saw: string, advice: string, exitCode: ExitCode = 1): Check => ({
  name,
  outcome: 'wrong',
  saw,
  advice,
  exitCode
})

/** What a pass would meet first goes first: settings, the store, the token, Forgejo. */
const PRECEDENCE: readonly ExitCode[] = [78, 65, 77, 69, 1]

export function exitCodeOfChecks(groups: readonly CheckGroup[]): number {
  const codes = new Set(groups.flatMap(({ checks }) => checks.map(({ exitCode }) => exitCode)))
  return PRECEDENCE.find((code) => codes.has(code)) ?? 0
}
