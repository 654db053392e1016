/**
 * One word of a unit file that stands for exactly this text: quoted where white space, quotes or a colon
 * would split it, `%` doubled (systemd.unit(5), "Specifiers"; systemd.syntax(7), "Quoting"). `$` is left:
 * the templates' `ExecStart=:` takes it as it is, and no other directive gives it a meaning.
 */
export function unitWord(text: string): string {
  const literal = text.replaceAll('%', '%%')
  return /^[\w./@%+=$-]+$/.test(literal) ? literal : `"${literal.replaceAll(/[\\"]/g, '\\$&')}"`
}

/** Whether systemd takes a path as a program: it refuses quotes and backslashes there, escaped or not. */
export const isProgramPath = (path: string): boolean => isUnitPath(path) && !/["'\\]/.test(path)

/** Whether a path can be written into a unit at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
export const isUnitPath = (path: string): boolean => !/[\u0000-\u001f\u007f]/.test(path)

/** Fills in what a template names as `@NAME@`. */
export const fillUnit = (template: string, words: Readonly<Record<string, string>>): string =>
  template.replaceAll(/@([A-Z]+)@/g, (whole, name: string) => words[name] ?? whole)
