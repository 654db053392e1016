import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, futimesSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DAY } from '../../src/domain/time.ts'
import { hasCommand } from '../support/has-command.ts'
import { BIN } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'

/** What clears the same tree by the same rules: the days that each type is kept. */
export type Tool = 'sweep' | 'find' | 'systemd-tmpfiles' | 'tmpreaper'

const TYPES = [
  ['debug', 3, '.txt'],
  ['todos', 3, '.json'],
  ['telemetry', 7, '.json']
] as const

const PROJECTS = 20

/** The tools that are there; Debian has them as packages. */
export const TOOLS = (['find', 'systemd-tmpfiles', 'tmpreaper'] as const).filter(hasCommand)

const idOf = (number: number): string => `${number.toString(16).padStart(8, '0')}-1111-4111-8111-111111111111`

/** A home with so many files, of which one in ten is young; and as many active ids as a busy service has. */
export function plantHome(sandbox: Sandbox, files: number): string {
  const home = join(sandbox.path, 'agents/dev/.claude')
  const places = Array.from({ length: PROJECTS }, (_, index) => `projects/p${index}`)
  const directories = [...places, ...TYPES.map(([name]) => name)]
  for (const name of directories) mkdirSync(join(home, name), { recursive: true })
  const old = (Date.now() - 30 * DAY) / 1000
  for (let index = 0; index < files; index += 1) {
    // Half are transcripts.
    const at = index % 2 === 0 ? undefined : TYPES[(index >> 1) % TYPES.length]
    const name =
      at === undefined
        ? `${places[(index >> 1) % PROJECTS]}/${idOf(index)}.jsonl`
        : `${at[0]}/${idOf(index)}${at[2]}`
    const file = openSync(join(home, name), 'w')
    if (index % 10 !== 0) futimesSync(file, old, old)
    closeSync(file)
  }
  const now = new Date().toISOString()
  const ids = Array.from({ length: 1000 }, (_, index) => ({ id: idOf(files + index), updatedAt: now }))
  const store = Object.fromEntries(ids.map((entry, index) => [`dev:charles/peon:${index + 1}`, entry]))
  writeFileSync(sandbox.store, JSON.stringify(store))
  return home
}

/** How long a tool takes to clear the home, in milliseconds. @throws when it leaves other files than it should */
export function clear(tool: Tool, sandbox: Sandbox, home: string, files: number): number {
  execFileSync('sync')
  const started = performance.now()
  run(tool, sandbox, home)
  const elapsed = performance.now() - started
  const left = countFiles(home)
  if (left !== Math.ceil(files / 10)) throw new Error(`${tool} left ${left} of ${files} files`)
  rmSync(home, { recursive: true })
  return elapsed
}

function run(tool: Tool, sandbox: Sandbox, home: string): void {
  if (tool === 'sweep') {
    const settings = {
      SWEEPER_CLAUDE_HOMES: `${sandbox.path}/agents/*/.claude`,
      LOG_LEVEL: 'error',
      SWEEPER_PROTECT: '*/*'
    }
    const { status, stderr } = spawnSync(process.execPath, [BIN], {
      env: { ...sandbox.env, ...settings },
      encoding: 'utf8'
    })
    if (status !== 0) throw new Error(stderr)
    return
  }
  const all = [
    ...Array.from({ length: PROJECTS }, (_, index) => [`projects/p${index}`, 7] as const),
    ...TYPES
  ]
  if (tool === 'systemd-tmpfiles') {
    const config = join(sandbox.path, 'tmpfiles.conf')
    writeFileSync(config, all.map(([name, days]) => `e ${home}/${name} - - - m:${days + 1}d\n`).join(''))
    spawnSync(tool, ['--clean', config], { stdio: 'ignore' })
  } else if (tool === 'find') {
    const find = (place: string, days: number, ...more: string[]) =>
      execFileSync('find', [join(home, place), ...more, '-type', 'f', '-mtime', `+${days}`, '-delete'])
    find('projects', 7, '-mindepth', '2', '-maxdepth', '2', '-name', '*.jsonl')
    for (const [name, days] of TYPES) find(name, days)
  } else {
    for (const [name, days] of all) execFileSync(tool, ['--mtime', `${days + 1}d`, join(home, name)])
  }
}

const countFiles = (home: string): number =>
  readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
