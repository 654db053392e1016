import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { type Fact, known, type Unknown, unknown } from '../../domain/fact.ts'
import { describeError, errnoOf } from '../file-error.ts'

const QUERY = 'SELECT json_group_array(CAST(session_id AS TEXT)) FROM sessions WHERE session_id IS NOT NULL'

/** A writer's transaction takes less; what takes longer is told. */
const BUSY_MS = 5_000
const TIMEOUT_MS = 60_000

/**
 * The ids in a SQLite file's `sessions.session_id`, read by the `sqlite3` program: it honours the locks of
 * those who write, and sees what only the write-ahead log holds.
 */
export async function readActiveDb(configured: string): Promise<Fact<readonly string[]>> {
  try {
    const path = realpathSync(configured)
    const quiet = quietVersion(path)
    const found = await query(configured, uriOf(path, quiet === undefined ? 'mode=ro' : 'immutable=1'))
    if (quiet === undefined || quietVersion(path) === quiet) return found
    // Somebody began to write meanwhile.
    return await query(configured, uriOf(path, 'mode=ro'))
  } catch (error) {
    return cannotRead(configured, describeError(error))
  }
}

const uriOf = (path: string, how: string): string => `${pathToFileURL(path).href}?${how}`

/**
 * What a database with a write-ahead log that nobody has open is known by, else undefined. To read such a
 * one the ordinary way makes files beside it, which a dry run must not, and a strange user could not.
 */
function quietVersion(path: string): string | undefined {
  const { mtimeNs, ctimeNs, size, ino } = statSync(path, { bigint: true })
  if (existsSync(`${path}-wal`) || existsSync(`${path}-journal`) || !hasWriteAheadLog(path)) return undefined
  return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
}

/** Bytes 18 and 19 of the file are the versions to write and read it by: 2 is with a write-ahead log. */
function hasWriteAheadLog(path: string): boolean {
  const file = openSync(path, 'r')
  try {
    const header = Buffer.alloc(20)
    readSync(file, header, 0, 20, 0)
    return header[18] === 2 && header[19] === 2
  } finally {
    closeSync(file)
  }
}

async function query(configured: string, uri: string): Promise<Fact<readonly string[]>> {
  const { execa } = await import('execa')
  // Without the user's ~/.sqliterc, whose settings would change what is printed.
  const args = ['-init', '/dev/null', '-batch', '-bail', '-noheader', '-list', '-cmd', `.timeout ${BUSY_MS}`]
  const options = { reject: false, stdin: 'ignore', timeout: TIMEOUT_MS, env: { LC_ALL: 'C' } } as const
  const result = await execa('sqlite3', [...args, uri, QUERY], options)
  if (result.failed) {
    const isThere = errnoOf(result.cause) !== 'ENOENT'
    const why = result.stderr?.split('\n')[0] || result.shortMessage
    return cannotRead(
      configured,
      isThere ? (why ?? 'sqlite3 failed') : 'the program sqlite3 is not installed'
    )
  }
  const ids: unknown = JSON.parse(result.stdout)
  if (!Array.isArray(ids)) return cannotRead(configured, 'its answer is not understood')
  return known(ids.filter((id) => typeof id === 'string' && id !== ''))
}

const cannotRead = (path: string, why: string): Unknown =>
  unknown(
    'ACTIVE_IDS_UNKNOWN',
    `SWEEPER_ACTIVE_DB: the sessions in ${path} cannot be read (${why}); no artifact was removed`
  )
