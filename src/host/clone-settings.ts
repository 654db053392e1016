import { git } from './git.ts'

/** What a clone's settings, and the user's own, mean for a rescue. */
export interface CloneSettings {
  /** Whether files may stand on disk other than in the repository. */
  readonly convert: boolean
  /** The setting by which `git fetch --prune` deletes every ref that the remote lacks, a rescue's too; or null. */
  readonly mirrors: string | null
}

const NAMES = '^(core\\.(autocrlf|eol|attributesfile)|filter\\..*|remote\\..*\\.fetch)$'

/** Reads the settings with `git config`, which runs nothing. @throws GitError */
export async function readCloneSettings(gitDir: string): Promise<CloneSettings> {
  const text = await git(['config', '--get-regexp', NAMES], { gitDir, alsoOk: [1], userSettings: true })
  const lines = text.split('\n').slice(0, -1)
  const isFetch = (line: string) => line.startsWith('remote.')
  return {
    convert: lines.some((line) => !isFetch(line)),
    mirrors: lines.find((line) => isFetch(line) && isOverRescues(line)) ?? null
  }
}

/** `remote.<name>.fetch +<source>:<destination>` */
function isOverRescues(line: string): boolean {
  const destination = line.slice(line.lastIndexOf(':') + 1)
  const start = destination.split('*')[0] ?? ''
  return destination.includes('*') && 'refs/claude-hooks-sweep/'.startsWith(start)
}
