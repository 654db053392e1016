import { homedir } from 'node:os'
import { join } from 'node:path'

export type Environment = Readonly<Record<string, string | undefined>>

/** An XDG base directory; a relative or empty value counts as unset, as the specification says. */
function baseDirectory(env: Environment, name: string, fallback: string): string {
  const value = env[name]
  return value?.startsWith('/') === true ? value : join(env['HOME'] || homedir(), fallback)
}

export const defaultStateDir = (env: Environment): string =>
  join(baseDirectory(env, 'XDG_STATE_HOME', '.local/state'), 'claude-hooks')

export const defaultCacheDir = (env: Environment): string =>
  join(baseDirectory(env, 'XDG_CACHE_HOME', '.cache'), 'claude-hooks')

const configHome = (env: Environment): string => baseDirectory(env, 'XDG_CONFIG_HOME', '.config')

export const defaultEnvFile = (env: Environment): string => join(configHome(env), 'claude-hooks/sweep.env')

/** Where the user's own units are. */
export const userUnitDir = (env: Environment): string => join(configHome(env), 'systemd/user')
