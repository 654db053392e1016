import { readFileSync } from 'node:fs'

/** One exchange with a live Forgejo 16, as recorded. */
export interface Exchange {
  readonly name: string
  readonly request: { readonly method: string; readonly path: string; readonly token: string }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly body: unknown
  }
}

const FILE = new URL('../../../test/fixtures/forgejo-16.json', import.meta.url)

export const recorded: readonly Exchange[] = JSON.parse(readFileSync(FILE, 'utf8'))

export function exchange(name: string): Exchange {
  const found = recorded.find((one) => one.name === name)
  if (found === undefined) throw new Error(`No recorded exchange ${name}`)
  return found
}
