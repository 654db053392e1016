import { type ArtifactType, artifactsText } from '../domain/artifact.ts'
import type { ReportError } from '../domain/report.ts'

/** What went wrong with the artifacts of one type in one root: an error of each kind, not one for each file. */
export class ArtifactFaults {
  readonly #root: string
  readonly #type: ArtifactType
  readonly #refused: ReportError[] = []
  #failures = 0
  #failure = ''
  #oddities = 0
  #oddity = ''

  constructor(root: string, type: ArtifactType) {
    this.#root = root
    this.#type = type
  }

  /** A directory that is not looked into. @param why the end of a sentence that begins with the path */
  refuse(path: string, why: string): void {
    // An agent could make a million links; the first tell enough.
    if (this.#refused.length < MOST) this.#refused.push(this.#error('UNSAFE_PATH', `${path} ${why}`, path))
  }

  /** An artifact that is not touched, and the phrase why. */
  odd(name: string, why: string): void {
    this.#oddities += 1
    this.#oddity ||= `${name}: ${why}`
  }

  failed(name: string, why: string): void {
    this.#failures += 1
    this.#failure ||= `${name}: ${why}`
  }

  /** They went, and the journal does not tell how many. */
  unnoted(why: string): void {
    this.#refused.push(this.#error('ARTIFACT_FAILED', `${this.#root}: ${why}`))
  }

  errors(): ReportError[] {
    const what = artifactsText(this.#type)
    const errors = [...this.#refused]
    if (this.#oddities > 0) {
      const message = `${this.#oddities} ${what} are left alone, for they are more than files and directories (${this.#oddity})`
      errors.push(this.#error('UNSAFE_PATH', message))
    }
    if (this.#failures > 0) {
      const message = `${this.#failures} ${what} could not be removed (${this.#failure})`
      errors.push(this.#error('ARTIFACT_FAILED', message))
    }
    return errors
  }

  #error(code: 'UNSAFE_PATH' | 'ARTIFACT_FAILED', message: string, path = this.#root): ReportError {
    return { kind: 'artifact', path, code, message }
  }
}

const MOST = 20
