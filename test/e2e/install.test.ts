import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Outcome, start } from '../support/run-command.ts'

/** A home, and a `systemctl` that notes what it is asked and ends as `answer` says. */
function useHome(t: TestContext, answer = 'exit 0') {
  const home = mkdtempSync(join(tmpdir(), 'sweep-install-'))
  t.after(() => rmSync(home, { recursive: true }))
  const asked = join(home, 'asked')
  mkdirSync(join(home, 'bin'))
  writeFileSync(join(home, 'bin/systemctl'), `#!/bin/sh\necho "$@" >>'${asked}'\n${answer}\n`)
  chmodSync(join(home, 'bin/systemctl'), 0o755)
  const env = { HOME: home, PATH: `${home}/bin:${process.env['PATH']}` }
  return {
    home,
    env,
    units: join(home, '.config/systemd/user'),
    settings: join(home, '.config/claude-hooks/sweep.env'),
    asked: () => (existsSync(asked) ? readFileSync(asked, 'utf8') : ''),
    run: (...args: string[]): Promise<Outcome> => start(args, env).ended
  }
}

const TIMER = 'claude-hooks-sweep.timer'
const SERVICE = 'claude-hooks-sweep.service'

test('install writes what --print shows, once; uninstall removes the units alone', async (t) => {
  const { run, units, settings, asked } = useHome(t)
  const printed = await run('install', '--user', '--print')
  assert.deepEqual([printed.code, existsSync(units), asked()], [0, false, ''])

  const first = await run('install', '--user')
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /^wrote .*\nwrote .*\nwrote .*sweep\.env: fill in FORGEJO_URL and a token\n/)
  const written = [join(units, SERVICE), join(units, TIMER), settings]
  const told = written.map((path) => `# ${path}\n${readFileSync(path, 'utf8')}`).join('\n')
  assert.equal(printed.stdout, told)
  assert.equal(statSync(settings).mode & 0o777, 0o600)
  assert.match(asked(), /--user daemon-reload\n/)

  // Four fifths of six hours for the questions, and an hour.
  assert.match(readFileSync(join(units, SERVICE), 'utf8'), /^TimeoutStartSec=348min$/m)

  writeFileSync(settings, 'SWEEPER_INTERVAL_HOURS=12\n')
  const second = await run('install', '--user')
  assert.match(second.stdout, /^updated .*\nupdated .*\nunchanged .*sweep\.env\n.*every 12 h\n/)
  assert.match(readFileSync(join(units, TIMER), 'utf8'), /^OnCalendar=\*-\*-\* 00\/12:00:00$/m)
  const third = await run('install', '--user')
  assert.match(third.stdout, /^(?:unchanged .*\n){4}/)
  assert.match((await run('install', '--user', '--every', '1d')).stdout, /^updated /)
  assert.match(readFileSync(join(units, TIMER), 'utf8'), /^OnCalendar=\*-\*-\* 00:00:00$/m)

  assert.match((await run('uninstall', '--user', '--print')).stdout, /^(?:would remove .*\n){2}$/)
  const removed = await run('uninstall', '--user')
  assert.match(removed.stdout, /^removed .*timer\nremoved .*service\nkept .*sweep\.env\n$/)
  assert.deepEqual(written.map(existsSync), [false, false, true])
  assert.match((await run('uninstall', '--user')).stdout, /^unchanged /)
})

const startTimeout = (units: string): string =>
  /^TimeoutStartSec=(.*)$/m.exec(units)?.[1] ?? assert.fail('the unit has no start timeout')

test('a pass may run an hour longer than it may ask, as the settings file and the cadence say', async (t) => {
  const { run, env, home, settings } = useHome(t)
  const print = async (...args: string[]) =>
    startTimeout((await run('install', '--user', '--print', ...args)).stdout)
  assert.deepEqual([await print('--every', '1h'), await print('--every', '7d')], ['108min', '8124min'])
  mkdirSync(join(home, '.config/claude-hooks'), { recursive: true })
  writeFileSync(settings, 'SWEEPER_DEADLINE_MINUTES=30\n')
  assert.equal(await print('--every', '12h'), '90min')
  // The service never sees this shell's.
  const elsewhere = { ...env, SWEEPER_DEADLINE_MINUTES: '5' }
  assert.equal(startTimeout((await start(['install', '--user', '--print'], elsewhere).ended).stdout), '90min')
  writeFileSync(settings, 'SWEEPER_DEADLINE_MINUTES=0\n')
  const { code, stderr } = await run('install', '--user', '--print')
  assert.equal(code, 78)
  assert.match(stderr, /SWEEPER_DEADLINE_MINUTES: expected auto, or a whole number from 1 to 525600, not /)
})

test('where systemd does not do it, the files are told and so is what they lack', async (t) => {
  const { run, units, env, home } = useHome(t, 'echo "Failed to connect to bus" >&2; exit 1')
  const failed = await run('install', '--user', '--every', '7d')
  assert.equal(failed.code, 1)
  assert.match(failed.stdout, /^wrote .*service\nwrote .*timer\nwrote .*sweep\.env.*\n$/)
  assert.match(
    failed.stderr,
    /daemon-reload failed, so the files above are there, but no timer runs: Failed to connect/
  )
  const gone = await run('uninstall', '--user')
  assert.deepEqual([gone.code, existsSync(join(units, TIMER))], [1, false])
  assert.match(gone.stderr, /the files are removed, but systemd does not know of it: Failed to connect/)

  // With nothing else on the path there is no systemctl at all.
  mkdirSync(join(home, 'empty'))
  const missing = await start(['install', '--user'], { ...env, PATH: join(home, 'empty') }).ended
  assert.equal(missing.code, 1)
  assert.match(
    missing.stderr,
    /There is no systemctl on this machine: the files above are there, but no timer runs/
  )
})

const REFUSED: readonly (readonly [what: string, args: readonly string[], said: RegExp])[] = [
  [
    'a cadence that no calendar keeps',
    ['--user', '--every', '5h'],
    /--every: expected one of 1h, 2h.*, not .*5h/
  ],
  ['a cadence that is none', ['--user', '--every', 'often'], /--every: expected one of/],
  ['both systemds', ['--user', '--system'], /cannot be used with/],
  [
    'a user who is not there',
    ['--system', '--print', '--run-as', 'no-such-user'],
    /There is no user .*no-such-user/
  ],
  ['root, who would be blind', ['--system', '--print', '--run-as', 'root'], /cannot run as root/],
  ['another user in the own systemd', ['--user', '--run-as', 'nobody'], /--run-as needs --system/],
  ['an argument', ['--user', 'now'], /too many arguments/]
]

test('what cannot be installed is refused in one sentence, and nothing is written', async (t) => {
  const { run, home } = useHome(t)
  for (const [what, args, said] of REFUSED) {
    const { code, stdout, stderr } = await run('install', ...args)
    assert.deepEqual([code, stdout], [64, ''], what)
    assert.match(stderr, said, what)
  }
  assert.equal(existsSync(join(home, '.config')), false)
})

test('a cadence in the settings that no calendar keeps is a wrong setting', async (t) => {
  const { run, env } = useHome(t)
  const { code, stderr } = await start(['install', '--user', '--print'], {
    ...env,
    SWEEPER_INTERVAL_HOURS: '5'
  }).ended
  assert.equal(code, 78)
  assert.match(stderr, /SWEEPER_INTERVAL_HOURS: expected one of 1h/)
  assert.equal((await run('install', '--user', '--print')).code, 0)
})

test('an ordinary user cannot install for the machine', async (t) => {
  if (process.getuid?.() === 0) return t.skip('runs as root')
  const { code, stderr } = await useHome(t).run('install', '--system')
  assert.equal(code, 64)
  assert.match(stderr, /--system writes below \/etc: run it as root/)
})
