import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats
} from 'node:fs'

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * A directory held open. Paths below it go through its descriptor, so that swapping one of its
 * parents for a link between a check and its use leads nowhere else. No step follows a link.
 */
export class Directory {
  readonly #fd: number

  private constructor(fd: number) {
    this.#fd = fd
  }

  /** Opens a path's last component without following it; the path before it is trusted. */
  static open(path: string): Directory {
    return new Directory(openSync(path, DIRECTORY))
  }

  /** A path to it, for this process and, as its working directory, for one that it starts. */
  get path(): string {
    return `/proc/self/fd/${this.#fd}`
  }

  /** A path to an entry, for this process only: `/proc/self/fd/<n>/<name>`. */
  entry(name: string): string {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) {
      throw new Error(`Not the name of an entry: ${JSON.stringify(name)}`)
    }
    return `${this.path}/${name}`
  }

  /** Opens a directory below it, each component a real directory. */
  open(...names: readonly string[]): Directory {
    const [first, ...rest] = names
    if (first === undefined) return new Directory(openSync(`${this.path}/.`, constants.O_RDONLY))
    const next = new Directory(openSync(this.entry(first), DIRECTORY))
    if (rest.length === 0) return next
    try {
      return next.open(...rest)
    } finally {
      next.close()
    }
  }

  stat(name: string): Stats {
    return lstatSync(this.entry(name))
  }

  /** The same of what may not be there: an error costs three times as much. */
  statIfThere(name: string): Stats | undefined {
    return lstatSync(this.entry(name), { throwIfNoEntry: false })
  }

  /** Reads a small regular file; a link, a pipe or a larger file is refused. */
  readSmallFile(name: string, maxBytes = 8192): string {
    const file = openSync(this.entry(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const stats = fstatSync(file)
      if (!stats.isFile() || stats.size > maxBytes) throw new Error(`${name} is not a small file`)
      return readFileSync(file, 'utf8')
    } finally {
      closeSync(file)
    }
  }

  list(): string[] {
    return readdirSync(`${this.path}/.`)
  }

  self(): Stats {
    return fstatSync(this.#fd)
  }

  /** The number of the mount that it was opened on; undefined where the kernel does not tell. */
  mount(): string | undefined {
    return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${this.#fd}`, 'utf8'))?.[1]
  }

  sync(): void {
    fsyncSync(this.#fd)
  }

  close(): void {
    closeSync(this.#fd)
  }
}
