import { type Decision, reasonText } from '../domain/decision.ts'
import type { Explanation } from '../domain/ladder.ts'
import { printable } from './printable.ts'

/** A line for each rule, an arrow before those that decided, and the decision at the end. */
export function renderExplanation({ kind, name, steps, decision }: Explanation): string {
  const width = Math.max(...steps.map(({ title }) => title.length))
  const lines = steps.map(({ title, saw, outcome }) => {
    const mark = outcome === null ? ' ' : '→'
    return `${mark} ${title.padEnd(width)}  ${printable(saw)}`
  })
  const end = `→ ${decision.action}: ${reasonText(decision.reason)}`
  return [`${kind} ${printable(name)}`, '', ...lines, '', end].map((line) => `${line}\n`).join('')
}

/** The same as one JSON document; the outcome of a rule that did not decide is null. */
export function explanationJson({ kind, name, steps, decision }: Explanation): string {
  const document = {
    schema: 'claude-hooks-sweep/explain@1',
    kind,
    [kind === 'session' ? 'key' : 'path']: name,
    ...outcomeJson(decision),
    rules: steps.map(({ title, saw, outcome }) => ({
      title,
      saw,
      outcome: outcome === null ? null : outcomeJson(outcome)
    }))
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

const outcomeJson = ({ action, reason, evidence }: Decision) => ({ action, reason, evidence })
