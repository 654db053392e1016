import { type Repo, repoText } from './fact.ts'

/** A pattern of keys (`boss:*`) or of repos (`charles/peon`, `charles/*`) that are never swept. */
export interface ProtectPattern {
  readonly text: string
  readonly subject: 'key' | 'repo'
  readonly matcher: RegExp
}

const REPO = /^[\w.*-]+\/[\w.*-]+$/

/** One that ends early and not in `*` could match no key: its writer would think it protects. */
const KEY = /^[\w.*-]+:(?:[\w.*/:-]*\*|[\w.*-]+\/[\w.*-]+:\d+)$/

/** A pattern's text → pattern; undefined when it names neither a key nor a repo. */
export function parseProtectPattern(text: string): ProtectPattern | undefined {
  if (!REPO.test(text) && !KEY.test(text)) return undefined
  const source = text.replaceAll(/[.-]/g, '\\$&').replaceAll('*', '.*')
  const matcher = new RegExp(`^${source}$`, 'i')
  return { text, subject: text.includes(':') ? 'key' : 'repo', matcher }
}

/** The text of the first pattern that protects this agent's work on that repo; null when none does. */
export function protectedBy(
  patterns: readonly ProtectPattern[],
  agent: string,
  repo: Repo,
  number: number | null
): string | null {
  const subjects = { repo: repoText(repo), key: `${agent}:${repoText(repo)}:${number ?? ''}` }
  return patterns.find((pattern) => pattern.matcher.test(subjects[pattern.subject]))?.text ?? null
}
