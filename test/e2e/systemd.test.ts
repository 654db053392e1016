import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Machine, type Ran } from '../support/machine.ts'
import { COMMAND, NODE, operatorOf, SCOPES, type Scope, USER, until } from '../support/operator.ts'
import { Sandbox } from '../support/sandbox.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

const sandboxes = new Map<Scope, Sandbox>()
let machine: Machine
let why: string | undefined

before(async () => {
  for (const scope of SCOPES) sandboxes.set(scope, await fill())
  const shared = Object.fromEntries(
    [...sandboxes.values()].map(({ path }) => [path, { path, writable: true }])
  )
  // Piece by piece: the checkout's own directory may be closed to others.
  const pieces = ['bin', 'dist', 'systemd', 'node_modules', 'package.json']
  const command = Object.fromEntries(pieces.map((name) => [`${COMMAND}/${name}`, { path: `${ROOT}${name}` }]))
  const booted = await Machine.boot({
    ...shared,
    [NODE]: { path: process.execPath },
    ...command
  })
  if (typeof booted === 'string') {
    why = booted
    return
  }
  machine = booted
  await ok('useradd', '--create-home', '--uid', `${USER.uid}`, '--home-dir', USER.home, 'claude')
  await ok('systemctl', 'start', `user@${USER.uid}.service`)
})

after(async () => {
  await machine?.stop()
  for (const sandbox of sandboxes.values()) await sandbox.remove()
})

/** Two closed issues, at one of which an agent is still at work. */
async function fill(): Promise<Sandbox> {
  const sandbox = await Sandbox.create()
  sandbox.addClone('charles/peon')
  sandbox.forgejo.add('charles/peon', [
    { number: 4, state: 'open' },
    { number: 7, state: 'closed' },
    { number: 8, state: 'closed' }
  ])
  for (const number of [4, 7, 8]) {
    sandbox.addSession(`dev:charles/peon:${number}`)
    sandbox.addWorktree('dev', 'charles/peon', `dev/${number}`, { dirty: 'untracked' })
  }
  // Without root there will be no machine either.
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', `${USER.uid}:${USER.uid}`, sandbox.path])
  return sandbox
}

async function ok(...command: string[]): Promise<Ran> {
  const ran = await machine.run(command)
  assert.equal(ran.code, 0, `${command.join(' ')}: ${ran.stderr}`)
  return ran
}

for (const scope of SCOPES) {
  test(`a real systemd runs it, ${scope} units`, async (t) => {
    if (why !== undefined) return t.skip(why)
    const { run, sh, command, ctl, journal, units, settings } = operatorOf(machine, scope)
    const sandbox = sandboxes.get(scope)
    assert.ok(sandbox)
    const options = scope === 'user' ? ['--user'] : ['--system', '--run-as', 'claude']

    await t.test('install writes units, a settings file, and starts the timer', async () => {
      const first = await command('install', ...options)
      assert.equal(first.code, 0, first.stderr)
      assert.match(first.stdout, /^wrote .*service\nwrote .*timer\nwrote .*sweep\.env: fill in .*\nstarted /)
      assert.equal(await sh(`stat -c '%a %U' ${settings}`), '600 claude\n')
      assert.equal(await sh(`${ctl} is-active claude-hooks-sweep.timer`), 'active\n')
      const token = scope === 'user' ? 'FORGEJO_TOKEN=all\n' : ''
      const text = Object.entries(sandbox.env).filter(([name]) => /URL|DIR/.test(name))
      const lines = text.map(([name, value]) => `${name}=${value}\n`).join('')
      await sh(`printf '${lines}${token}' >>${settings}`)
      const again = await command('install', ...options)
      // Where the passes of the system may write stands in its unit.
      const service = scope === 'user' ? 'unchanged' : 'updated'
      assert.match(
        again.stdout,
        new RegExp(`^${service} .*service\\nunchanged .*timer\\nunchanged .*sweep\\.env\\n`)
      )
      const third = await command('install', ...options)
      assert.match(third.stdout, /^(?:unchanged .*\n){4}(?:Passes run only .*\n)?$/)
    })

    await t.test('systemd finds nothing to warn of in the units', async () => {
      const verify = ['systemd-analyze', `--${scope}`, 'verify']
      const { code, stderr } = await run(
        ...verify,
        ...['service', 'timer'].map((kind) => `${units}/claude-hooks-sweep.${kind}`)
      )
      assert.deepEqual([code, stderr], [0, ''])
    })

    await t.test('the timer fires; the pass sweeps, and sees who is at work', async () => {
      const [, busy = '', closed = ''] = [4, 7, 8].map((number) =>
        sandbox.worktreePath('dev', 'charles/peon', `dev/${number}`)
      )
      const agent = `systemd-run --${scope} --quiet --unit=agent ${scope === 'system' ? '--uid=claude' : ''}`
      await sh(`${agent} --working-directory='${busy}' sleep 600`)
      if (scope === 'system') {
        await sh('mkdir -m 700 /etc/credstore; umask 077; printf all >/etc/credstore/forgejo-token')
      }
      const soon = `${units}/claude-hooks-sweep.timer.d`
      await sh(
        `mkdir -p ${soon}; printf '[Timer]\\nOnActiveSec=1s\\nRandomizedDelaySec=0\\nAccuracySec=1ms\\n' >${soon}/soon.conf`
      )
      await sh(`${ctl} daemon-reload; ${ctl} restart claude-hooks-sweep.timer`)
      await until(
        () => sh(`${ctl} show -P ExecMainExitTimestampMonotonic claude-hooks-sweep.service`),
        /^[1-9]/
      )
      await sh(`rm -r ${soon}; ${ctl} daemon-reload`)

      const lines = await journal()
      const told = lines.map(({ PRIORITY, MESSAGE }) => `${PRIORITY} ${MESSAGE}`)
      assert.match(
        told.at(-1) ?? '',
        /^6 swept: 1 sessions, 1 worktrees, 0 cache clones; skipped: 2 \(still active\); rescued: 1; /,
        told.join('\n')
      )
      const removed = told.find((line) => line.startsWith(`6 Removed ${closed}`))
      assert.match(removed ?? '', / run="\d{8}T\d{6}Z-[0-9a-f]{4}" /, told.join('\n'))
      assert.deepEqual([existsSync(busy), existsSync(closed)], [true, false])
      assert.deepEqual(sandbox.sessionKeys, ['dev:charles/peon:4', 'dev:charles/peon:7'])
    })

    await t.test('a pass that fails is told by its exit code, and triggers OnFailure=', async () => {
      const more = `${units}/claude-hooks-sweep.service.d`
      const told = `/run/user/${USER.uid}/told-${scope}`
      await sh(
        `mkdir -p ${more}; printf '[Unit]\\nOnFailure=told@%%n.service\\n[Service]\\nEnvironment=FORGEJO_TOKEN=bad\\n' >${more}/bad.conf`
      )
      await sh(
        `printf '[Service]\\nType=oneshot\\nExecStart=sh -c "echo %%i $MONITOR_SERVICE_RESULT $MONITOR_EXIT_STATUS >${told}"\\n' >'${units}/told@.service'`.replaceAll(
          '$M',
          '$$$$M'
        )
      )
      await sh(`${ctl} daemon-reload`)
      assert.notEqual((await run('systemctl', `--${scope}`, 'start', 'claude-hooks-sweep.service')).code, 0)
      const { stdout } = await run(
        'systemctl',
        `--${scope}`,
        '--no-pager',
        'status',
        'claude-hooks-sweep.service'
      )
      assert.match(stdout, scope === 'user' ? /code=exited, status=77/ : /code=exited, status=77\/NOPERM/)
      assert.match((await journal('-p', 'err')).at(-1)?.MESSAGE ?? '', /^Forgejo refused the token/)
      await until(() => sh(`cat ${told} || true`), /^claude-hooks-sweep\.service exit-code 77\n/)
      await sh(`rm -r ${more} '${units}/told@.service'; ${ctl} daemon-reload; ${ctl} reset-failed`)
    })

    await t.test('a pass beside another is no failure', async () => {
      await sh(`systemd-run --${scope} --quiet --unit=other flock ${sandbox.stateDir}/sweeper/lock sleep 600`)
      await until(
        () => sh(`flock -n ${sandbox.stateDir}/sweeper/lock true && echo free || echo taken`),
        /taken/
      )
      await sh(`${ctl} start claude-hooks-sweep.service`)
      assert.equal(
        await sh(`${ctl} show -P Result -P ExecMainStatus claude-hooks-sweep.service`),
        'success\n75\n'
      )
      await sh(`${ctl} stop other`)
    })

    await t.test('uninstall leaves settings and state alone', async () => {
      const { code, stdout, stderr } = await command('uninstall', `--${scope}`)
      assert.deepEqual([code, stderr], [0, ''])
      assert.match(stdout, /removed .*timer\nremoved .*service\nkept .*sweep\.env\n$/)
      assert.equal(
        await sh(`find ${units} /var/lib/systemd/timers -name '*claude-hooks*' 2>/dev/null || true`),
        ''
      )
      assert.equal(await sh(`${ctl} list-units --all --plain --no-legend 'claude-hooks*'`), '')
      assert.ok(existsSync(`${sandbox.stateDir}/sweeper/last-run.json`))
      assert.match((await command('uninstall', `--${scope}`)).stdout, /^unchanged /)
    })
  })
}
