import type { Program, Programs } from '../../domain/doctor/check-programs.ts'
import { firstLine, runProgram } from './run-program.ts'

/** The programs that a pass needs, as PATH finds them. */
export async function readPrograms(): Promise<Programs> {
  const [git, flock] = await Promise.all([readProgram('git'), readProgram('flock')])
  return { node: process.versions.node, git, flock }
}

async function readProgram(name: string): Promise<Program> {
  const end = await runProgram(name, ['--version'])
  if (end.kind !== 'ended') return end
  return end.code === 0 ? { kind: 'runs', says: firstLine(end) } : { kind: 'fails', why: firstLine(end) }
}
