import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RENDERERS } from './cli/completion.ts'
import { describeProgram } from './cli/describe-program.ts'
import { renderManPage } from './report/man-page.ts'

/** Part of the build: writes the completions and the manual page that the package carries. */
const dist = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

const manifest = JSON.parse(readFileSync(dist('../package.json'), 'utf8'))
const line = describeProgram(String(manifest.version))

mkdirSync(dist('completions'), { recursive: true })
mkdirSync(dist('man'), { recursive: true })
// By the names under which the shells look for them.
writeFileSync(dist(`completions/${line.name}.bash`), RENDERERS.bash(line))
writeFileSync(dist(`completions/_${line.name}`), RENDERERS.zsh(line))
writeFileSync(dist(`completions/${line.name}.fish`), RENDERERS.fish(line))
writeFileSync(dist(`man/${line.name}.1`), renderManPage(line))
