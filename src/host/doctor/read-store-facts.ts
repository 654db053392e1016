import type { StoreFacts } from '../../domain/doctor/check-sessions.ts'
import { describeError } from '../file-error.ts'
import { readStore } from '../store.ts'
import { CorruptStoreError } from '../store-text.ts'

/** The session store as a pass reads it, or why it cannot. */
export function readStoreFacts(path: string): StoreFacts {
  try {
    const { exists, entries } = readStore(path)
    if (!exists) return { kind: 'absent' }
    const facts = [...entries.values()].map(({ key, text }) => ({ key, value: JSON.parse(text) as unknown }))
    return { kind: 'read', entries: facts }
  } catch (error) {
    const why = describeError(error)
    if (error instanceof CorruptStoreError)
      return { kind: 'corrupt', why: why.replace(/: restore it .*$/s, '') }
    return { kind: 'unusable', why: why.split(',')[0] ?? why }
  }
}
