import { execFileSync } from 'node:child_process'
import { closeSync, futimesSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DAY } from '../../src/domain/time.ts'
import { hasCommand } from '../support/has-command.ts'
import { BIN } from '../support/run-command.ts'
import type { Sandbox } from '../support/sandbox.ts'
import { type Cost, costOf } from './figures.ts'

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

/** What a tool takes to clear the home. @throws when it leaves other files than it should */
export async function clear(tool: Tool, sandbox: Sandbox, home: string, files: number): Promise<Cost> {
  execFileSync('sync')
  const settings = {
    ...sandbox.env,
    SWEEPER_CLAUDE_HOMES: home,
    LOG_LEVEL: 'error',
    SWEEPER_PROTECT: '*/*'
  }
  const costs: Cost[] = []
  for (const command of commandsOf(tool, sandbox, home)) costs.push(await costOf(command, settings))
  const left = countFiles(home)
  if (left !== Math.ceil(files / 10)) throw new Error(`${tool} left ${left} of ${files} files`)
  rmSync(home, { recursive: true })
  const sum = (of: (cost: Cost) => number) => costs.reduce((total, cost) => total + of(cost), 0)
  const peakMb = Math.max(...costs.map((cost) => cost.peakMb))
  return {
    seconds: sum(({ seconds }) => seconds),
    cpuSeconds: sum((cost) => cost.cpuSeconds),
    peakMb,
    stdout: ''
  }
}

function commandsOf(tool: Tool, sandbox: Sandbox, home: string): string[][] {
  if (tool === 'sweep') return [[process.execPath, BIN]]
  const places = Array.from({ length: PROJECTS }, (_, index) => [`projects/p${index}`, 7] as const)
  const all = [...places, ...TYPES]
  if (tool === 'systemd-tmpfiles') {
    const config = join(sandbox.path, 'tmpfiles.conf')
    writeFileSync(config, all.map(([name, days]) => `e ${home}/${name} - - - m:${days + 1}d\n`).join(''))
    // It may complain of what else is set up on the machine.
    return [['sh', '-c', 'systemd-tmpfiles --clean "$0" || true', config]]
  }
  if (tool === 'tmpreaper')
    return all.map(([name, days]) => ['tmpreaper', '--mtime', `${days + 1}d`, join(home, name)])
  const find = (place: string, days: number, ...more: string[]) => [
    'find',
    join(home, place),
    ...more,
    '-type',
    'f',
    '-mtime',
    `+${days}`,
    '-delete'
  ]
  return [
    find('projects', 7, '-mindepth', '2', '-maxdepth', '2', '-name', '*.jsonl'),
    ...TYPES.map(([name, days]) => find(name, days))
  ]
}

const countFiles = (home: string): number =>
  readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
