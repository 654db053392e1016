/**
 * Text from a checkout, safe for a terminal: control characters and what reorders or hides text are
 * written as escapes.
 */
export const printable = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
  text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, escapeOf)

const escapeOf = (character: string): string => {
  const code = character.charCodeAt(0)
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Shortens from the middle, where paths and keys differ least. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text
  if (width < 1) return ''
  const tail = Math.ceil((width - 1) / 2)
  return `${text.slice(0, Math.max(0, width - 1 - tail))}…${tail === 0 ? '' : text.slice(-tail)}`
}
