import assert from 'node:assert/strict'
import type { Machine } from './machine.ts'

/** As odd as paths get: white space, `%h` and `$HOME`, which systemd would fill in, and quotes. */
export const NODE = '/opt/node $HOME 100%h/node'
export const COMMAND = `/opt/sweep $HOME 100%h "it's"`

export const USER = { uid: 54_321, home: '/home/claude' }
const RUNTIME = `XDG_RUNTIME_DIR=/run/user/${USER.uid}`

export const SCOPES = ['user', 'system'] as const
export type Scope = (typeof SCOPES)[number]

/** Who installs the command inside a machine: what differs between the two systemds. */
export function operatorOf(machine: Machine, scope: Scope) {
  const as = scope === 'user' ? USER : undefined
  const run = (...command: string[]) =>
    machine.run(scope === 'user' ? ['env', RUNTIME, ...command] : command, as)
  return {
    run,
    /** A shell script, of which every command must succeed. */
    sh: async (script: string): Promise<string> => {
      const { code, stdout, stderr } = await run('sh', '-euc', script)
      assert.equal(code, 0, `${script}: ${stderr}`)
      return stdout
    },
    command: (...args: string[]) => run(NODE, `${COMMAND}/bin/claude-hooks-sweep.js`, ...args),
    ctl: `systemctl --${scope}`,
    /** What the service's passes told, in the journal's own order. */
    journal: async (...options: string[]): Promise<{ PRIORITY: string; MESSAGE: string }[]> => {
      await machine.run(['journalctl', '--sync'])
      const unit = ['journalctl', ...(scope === 'user' ? ['--user'] : []), '-u', 'claude-hooks-sweep.service']
      const { stdout } = await run(...unit, '-t', 'claude-hooks-sweep', '-o', 'json', ...options)
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
    },
    units: scope === 'user' ? `${USER.home}/.config/systemd/user` : '/etc/systemd/system',
    settings: scope === 'user' ? `${USER.home}/.config/claude-hooks/sweep.env` : '/etc/claude-hooks/sweep.env'
  }
}

/** Asks until the answer is as expected; half a minute is more than any of it takes. */
export async function until(ask: () => Promise<string>, expected: RegExp): Promise<void> {
  let answer = ''
  for (let tries = 0; tries < 150; tries += 1) {
    answer = await ask()
    if (expected.test(answer)) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  assert.match(answer, expected)
}
