/** Extensions that only speed git up. Any other changes what the entries mean: split and sparse ones do. */
const HARMLESS = new Set(['TREE', 'REUC', 'UNTR', 'FSMN', 'EOIE', 'IEOT'])

const ASSUME_VALID_EXTENDED_OR_STAGE = 0xf000
const NAME_LENGTH = 0x0fff
const REGULAR_OR_LINK = new Set([0o10, 0o12])

/**
 * Whether an index file holds nothing but plain entries: files and links, none marked, none in conflict. Then there is no need to have git list it, which takes as long as all else
 * that is looked at. By git's own description of the format (gitformat-index, version 2); whatever
 * it does not know for certain counts as no.
 *
 * @param hashBytes 20, or 32 for SHA-256
 */
export function isOrdinaryIndex(index: Buffer, hashBytes: number): boolean {
  if (index.length < 12 + hashBytes || index.toString('latin1', 0, 4) !== 'DIRC') return false
  if (index.readUInt32BE(4) !== 2) return false
  const end = index.length - hashBytes
  let at = 12
  for (let left = index.readUInt32BE(8); left > 0; left -= 1) {
    const size = ordinaryEntrySize(index, at, end, hashBytes)
    if (size === undefined) return false
    at += size
  }
  return hasHarmlessExtensions(index, at, end)
}

/** The size of the entry there; undefined when it is out of the ordinary. */
function ordinaryEntrySize(index: Buffer, at: number, end: number, hashBytes: number): number | undefined {
  const flagsAt = at + 40 + hashBytes
  if (flagsAt + 2 > end) return undefined
  const flags = index.readUInt16BE(flagsAt)
  const length = flags & NAME_LENGTH
  const nameAt = flagsAt + 2
  if ((flags & ASSUME_VALID_EXTENDED_OR_STAGE) !== 0 || length === NAME_LENGTH) return undefined
  if (!REGULAR_OR_LINK.has(index.readUInt32BE(at + 24) >>> 12) || nameAt + length >= end) return undefined
  // Padded with 1 to 8 NUL to a multiple of 8.
  return (nameAt + length - at + 8) & ~7
}

function hasHarmlessExtensions(index: Buffer, start: number, end: number): boolean {
  let at = start
  while (at + 8 <= end && HARMLESS.has(index.toString('latin1', at, at + 4)))
    at += 8 + index.readUInt32BE(at + 4)
  return at === end
}
