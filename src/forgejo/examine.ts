import type { ForgejoFacts } from '../domain/doctor/check-forgejo.ts'
import { type Fact, known, type Repo, repoText } from '../domain/fact.ts'
import { type Asker, TokenRefusedError } from './asker.ts'
import type { ForgejoClient } from './client.ts'
import { meaningOf } from './meaning.ts'

/** What may not be there: which scopes a token has is decided before the repo is looked at. */
const NO_REPO: Repo = { owner: 'claude-hooks', name: 'claude-hooks' }

/**
 * Asks Forgejo about itself, the token and the repos, a question at a time, paced and tried again as all are.
 *
 * @param asking told of each question before it is put
 */
export async function examineForgejo(
  asker: Asker,
  client: ForgejoClient,
  repos: readonly Repo[],
  asking: (what: string) => void
): Promise<ForgejoFacts> {
  asking('its version')
  const version = await askVersion(asker).catch(asRefused)
  if (version === 'refused') return { kind: 'refused' }
  if (!version.known && !asker.reached) return { kind: 'unreachable', why: version.why }
  asking('the scopes of the token')
  const at = repos[0] ?? NO_REPO
  const issues = await granted(client.isVisible(at))
  const pulls = await granted(client.showsPulls(at))
  const scopes = [
    ['read:issue', issues],
    ['read:repository', pulls]
  ] as const
  const visible: (readonly [Repo, Fact<boolean>])[] = []
  // Without the scope nobody can tell one repo from another.
  for (const repo of issues.known && !issues.value ? [] : repos) {
    asking(repoText(repo))
    visible.push([repo, await client.isVisible(repo)])
  }
  return { kind: 'asked', version, scopes, repos: visible }
}

function asRefused(error: unknown): 'refused' {
  if (error instanceof TokenRefusedError) return 'refused'
  throw error
}

/** `GET /version`: any token that Forgejo knows may ask, whatever its scopes; a bad one gets 401 (Forgejo 16). @throws TokenRefusedError */
export async function askVersion(asker: Asker): Promise<Fact<string>> {
  const path = '/version'
  const reply = await asker.ask(path, (answer) => meaningOf(answer, path, parseVersion))
  if (!reply.known) return reply
  if (reply.value.kind === 'value') return known(reply.value.value)
  return { known: false, code: 'FORGEJO_BAD_ANSWER', why: 'Forgejo does not tell its version' }
}

function parseVersion(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('version' in body)) return undefined
  return typeof body.version === 'string' ? body.version : undefined
}

/** Whether a question was answered at all, yes or no, and not refused for want of a scope. */
async function granted(question: Promise<Fact<boolean>>): Promise<Fact<boolean>> {
  try {
    const fact = await question
    return fact.known ? known(true) : fact
  } catch (error) {
    if (error instanceof TokenRefusedError) return known(false)
    throw error
  }
}
