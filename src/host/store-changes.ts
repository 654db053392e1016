import { type Fact, known, unknown } from '../domain/fact.ts'
import { describeError } from './file-error.ts'
import { fileVersion } from './file-version.ts'
import { readStore, type StoreSnapshot } from './store.ts'

/** Tells what the service wrote since a pass read the store. It is read again only when the file is another. */
export class StoreChanges {
  readonly #path: string
  readonly #before: StoreSnapshot
  #version: string
  #now: Fact<StoreSnapshot>

  constructor(path: string, before: StoreSnapshot) {
    this.#path = path
    this.#before = before
    this.#version = before.version
    this.#now = known(before)
  }

  /** The store by now; unknown when it cannot be read, or is gone. */
  now(): Fact<StoreSnapshot> {
    const version = fileVersion(this.#path)
    if (version === this.#version && this.#now.known) return this.#now
    this.#now = this.#read()
    this.#version = this.#now.known ? this.#now.value.version : version
    return this.#now
  }

  /** The keys of entries that are new, or other than they were. */
  rewritten(): Fact<readonly string[]> {
    const now = this.now()
    if (!now.known) return now
    if (now.value === this.#before) return known([])
    const before = this.#before.entries
    const entries = [...now.value.entries.values()]
    return known(entries.filter(({ key, text }) => before.get(key)?.text !== text).map(({ key }) => key))
  }

  #read(): Fact<StoreSnapshot> {
    try {
      const store = readStore(this.#path)
      if (store.exists || !this.#before.exists) return known(store)
      return unknown('STORE_UNREADABLE', `${this.#path} is gone since the pass began`)
    } catch (error) {
      return unknown('STORE_UNREADABLE', describeError(error))
    }
  }
}
