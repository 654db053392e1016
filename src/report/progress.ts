import { printable, shorten } from './printable.ts'

/** One line at the foot of a terminal that says what is going on; nothing where there is no terminal. */
export interface Progress {
  readonly show: (text: string) => void
  readonly clear: () => void
}

export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const ERASE_LINE = '\r\u001b[2K'

export function createProgress(terminal: Terminal): Progress {
  if (terminal.isTTY !== true) return { show: () => {}, clear: () => {} }
  let shown = false
  return {
    show(text) {
      // A line as wide as the terminal would wrap and could not be erased. None has 0 columns: it does not tell.
      terminal.write(`${ERASE_LINE}${shorten(printable(text), (terminal.columns || 80) - 1)}`)
      shown = true
    },
    clear() {
      if (shown) terminal.write(ERASE_LINE)
      shown = false
    }
  }
}
