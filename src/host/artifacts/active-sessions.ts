import { ActiveIds, idsOf } from '../../domain/active-ids.ts'
import { type Fact, known, unknown } from '../../domain/fact.ts'
import { describeError } from '../file-error.ts'
import { fileVersion } from '../file-version.ts'
import { readStore, type StoreSnapshot } from '../store.ts'
import { readActiveDb } from './read-active-db.ts'

/** Where ids of sessions stand that somebody may go on with. */
export interface ActivePlaces {
  readonly store: string
  /** A SQLite file; null for none. */
  readonly database: string | null
  /** The store as the pass first read it. */
  readonly before: StoreSnapshot
  /** Keys that do not count while their entries are as they were: a dry run's drops. */
  readonly dropped: ReadonlySet<string>
}

/** Reads the ids of the store and of the database, and again when one of them was written. */
export class ActiveSessions {
  readonly #places: ActivePlaces
  #version = ''
  #ids: Fact<ActiveIds> | undefined

  constructor(places: ActivePlaces) {
    this.#places = places
  }

  /** The ids by now: unknown when either cannot be told, which never means that there are none. */
  async read(): Promise<Fact<ActiveIds>> {
    const { store, database } = this.#places
    const files = database === null ? [] : [database, `${database}-wal`, `${database}-journal`]
    const version = [store, ...files].map(fileVersion).join('; ')
    if (this.#ids?.known === true && version === this.#version) return this.#ids
    this.#version = version
    this.#ids = await this.#readAnew(database)
    return this.#ids
  }

  async #readAnew(database: string | null): Promise<Fact<ActiveIds>> {
    const ids = readStoreIds(this.#places)
    if (!ids.known) return ids
    const more = database === null ? known([]) : await readActiveDb(database)
    return more.known ? known(new ActiveIds([...ids.value, ...more.value])) : more
  }
}

function readStoreIds({ store, before, dropped }: ActivePlaces): Fact<string[]> {
  try {
    const { exists, entries } = readStore(store)
    if (before.exists && !exists) return storeUnknown(`${store} is gone`)
    const isDropped = (key: string, text: string) =>
      dropped.has(key) && before.entries.get(key)?.text === text
    const kept = [...entries.values()].filter(({ key, text }) => !isDropped(key, text))
    return known(kept.flatMap(({ text }) => idsOf(JSON.parse(text))))
  } catch (error) {
    return storeUnknown(describeError(error))
  }
}

const storeUnknown = (why: string) =>
  unknown(
    'ACTIVE_IDS_UNKNOWN',
    `The sessions that are gone on with cannot be told (${why}); no artifact was removed from then on`
  )
