import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { defaultEnvFile, type Environment } from './paths.ts'
import { SPECS } from './settings.ts'
import type { Flags, Sources } from './sources.ts'

/** Flags, environment and env file together. */
export function openSources(flags: Flags, env: Environment): Sources {
  const problems: string[] = []
  const warnings: string[] = []
  const path = envFilePath(flags['envFile'], env)
  const file = readSettingsFile(path, flags['envFile'] !== undefined, problems, warnings)
  return { flags, env, file, problems, warnings }
}

/** The file that a flag names, else the default one. */
export const envFilePath = (flag: unknown, env: Environment): string =>
  typeof flag === 'string' ? resolve(flag) : defaultEnvFile(env)

/** @param isNeeded whether it is a problem when the file is not there */
export function readSettingsFile(
  path: string,
  isNeeded: boolean,
  problems: string[],
  warnings: string[]
): Environment {
  try {
    const settings = parseEnvFile(readFileSync(path))
    if (Object.keys(settings).some((name) => /TOKEN$|_PING_URL$/.test(name))) warnIfOpen(path, warnings)
    const names: ReadonlySet<string> = new Set(Object.values(SPECS).map(({ name }) => name))
    const strange = Object.keys(settings).filter((name) => name.startsWith('SWEEPER_') && !names.has(name))
    for (const name of strange) warnings.push(`${path}: there is no setting ${name}`)
    return settings
  } catch (error) {
    if (!isNeeded && codeOf(error) === 'ENOENT') return {}
    problems.push(`--env-file: ${path} cannot be read (${codeOf(error)})`)
    return {}
  }
}

const load = createRequire(import.meta.filename)

/** Where there is no file there is no need for what reads it, which loads Node's cryptography, too. */
function parseEnvFile(text: Buffer): Environment {
  const { parse }: typeof import('dotenv') = load('dotenv')
  return parse(text)
}

/** Warns when others can read a file that holds a secret. */
export function warnIfOpen(path: string, warnings: string[]): void {
  const { mode } = statSync(path)
  if ((mode & 0o077) === 0) return
  warnings.push(`Others can read ${path}, which holds a secret: chmod 600 it`)
}

/** The code of what a call of the system threw: `ENOENT` and the like. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'
