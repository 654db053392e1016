import { type Fact, type Repo, repoText } from '../fact.ts'
import { clockFault, MINUTE } from '../time.ts'
import { type Check, hint, ok, warning, wrong } from './check.ts'

/** What Forgejo said of itself, the token and the repos. */
export type ForgejoFacts =
  | { readonly kind: 'not-asked' }
  /** No answer came that could be Forgejo's. */
  | { readonly kind: 'unreachable'; readonly why: string }
  | { readonly kind: 'refused' }
  | {
      readonly kind: 'asked'
      readonly version: Fact<string>
      /** By the scope's name, whether the token has it. */
      readonly scopes: readonly (readonly [scope: string, granted: Fact<boolean>])[]
      /** Whether it shows the repos of the sessions. */
      readonly repos: readonly (readonly [repo: Repo, visible: Fact<boolean>])[]
    }

const NEW_TOKEN = 'make a new one with read:issue and read:repository, and set FORGEJO_TOKEN'

/** A line for the server, the token, each scope and each repo. */
export function checkForgejo(url: string | undefined, facts: ForgejoFacts): Check[] {
  switch (facts.kind) {
    case 'not-asked':
      return [hint('server', 'not asked', 'set FORGEJO_URL and FORGEJO_TOKEN right first')]
    case 'unreachable': {
      const advice = `is FORGEJO_URL right, and can this machine reach it? ${url ?? ''}`.trim()
      return [wrong('server', facts.why, advice, 69)]
    }
    case 'refused':
      return [ok('server', `${url ?? ''} answers`.trim()), wrong('token', 'refused (401)', NEW_TOKEN, 77)]
    case 'asked':
      return [
        checkVersion(url, facts.version),
        ...facts.scopes.map(([scope, granted]) => checkScope(scope, granted)),
        ...facts.repos.map(([repo, visible]) => checkRepo(repo, visible))
      ]
  }
}

function checkVersion(url: string | undefined, version: Fact<string>): Check {
  if (version.known) return ok('server', `Forgejo ${version.value} at ${url ?? ''}`.trim())
  return wrong('server', version.why, `is FORGEJO_URL Forgejo's own base URL? ${url ?? ''}`.trim())
}

function checkScope(scope: string, granted: Fact<boolean>): Check {
  const name = `token, ${scope}`
  if (!granted.known) return warning(name, `not known: ${granted.why}`, 'try again later')
  return granted.value ? ok(name, 'granted') : wrong(name, 'the token lacks it', NEW_TOKEN, 77)
}

function checkRepo(repo: Repo, visible: Fact<boolean>): Check {
  const name = repoText(repo)
  if (!visible.known) return warning(name, `not known: ${visible.why}`, 'try again later')
  if (visible.value) return ok(name, 'visible')
  const advice = "let the token's user read it; if it is gone for good, its sessions go at MAX_AGE_DAYS"
  return warning(name, 'deleted, or not visible to the token', advice)
}

/** Ages are in days: less than this is no matter. */
const CLOCKS_APART = 5 * MINUTE

/** @param skewMs Forgejo's `Date` header minus this clock; null when no answer has come */
export function checkClock(now: number, skewMs: number | null): Check {
  const fault = clockFault(now, skewMs)
  if (fault !== null)
    return wrong('clock', fault, 'set it, and let NTP keep it: nothing goes by age until then')
  if (skewMs === null) return hint('clock', 'not compared with Forgejo', 'look again when Forgejo answers')
  const seconds = Math.ceil(Math.abs(skewMs) / 1000)
  if (Math.abs(skewMs) <= CLOCKS_APART) return ok('clock', `${seconds} s from Forgejo's`)
  return warning('clock', `${seconds} s from Forgejo's`, 'set the one that is wrong, and let NTP keep it')
}
