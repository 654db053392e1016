import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hasCommand } from '../support/has-command.ts'
import { BIN } from '../support/run-command.ts'

const NAME = 'claude-hooks-sweep'
const DIST = fileURLToPath(new URL('../../', import.meta.url))

const FILES = {
  bash: `completions/${NAME}.bash`,
  zsh: `completions/_${NAME}`,
  fish: `completions/${NAME}.fish`,
  man: `man/${NAME}.1`
}

const shipped = (what: keyof typeof FILES): string => readFileSync(join(DIST, FILES[what]), 'utf8')

function run(...args: string[]): string {
  const { stdout, status } = spawnSync(process.execPath, [BIN, ...args], { encoding: 'utf8' })
  assert.equal(status, 0)
  return stdout
}

/** What help lists below a heading: the words at the start of each entry, without their values. */
function listed(help: string, heading: string): string[] {
  const block = new RegExp(`^${heading}:\n((?: {2}.*\n)+)`, 'm').exec(help)?.[1] ?? ''
  const entries = [...block.matchAll(/^ {2}(\S.*?)(?: {2,}.*)?$/gm)].map(([, entry = '']) => entry)
  return entries.map((entry) => entry.replace(/ [<[].*$/, ''))
}

const HELP = run('--help')
const COMMANDS = listed(HELP, 'Commands').map((entry) => entry.split(' ')[0] ?? '')
const OPTIONS = new Map(
  COMMANDS.map((command) => [
    command,
    listed(run(command, '--help'), 'Options').flatMap((entry) => entry.split(', '))
  ])
)

test('completion prints the files that the package carries; a shell that it does not know is wrong usage', () => {
  for (const shell of ['bash', 'zsh', 'fish'] as const) assert.equal(run('completion', shell), shipped(shell))
  const { status, stderr } = spawnSync(process.execPath, [BIN, 'completion', 'csh'], { encoding: 'utf8' })
  assert.equal(status, 64)
  assert.match(stderr, /Allowed choices are bash, zsh, fish/)
})

test('every command and option of --help is in each completion and in the manual page', () => {
  assert.ok(COMMANDS.length >= 6 && COMMANDS.includes('doctor'))
  const [zsh, fish, man] = [shipped('zsh'), shipped('fish'), shipped('man')]
  for (const [command, options] of OPTIONS) {
    assert.ok(options.includes('--help'), command)
    const section = new RegExp(`^    ${command}\\)\n([^;]*?);;`, 'm').exec(zsh)?.[1] ?? ''
    const page = man.split(`.SS ${command}\n`)[1]?.split(/^\.S[SH] /m)[0] ?? ''
    const seen = `__fish_seen_subcommand_from ${command === 'sweep' ? '.*' : command}' `
    for (const option of options) {
      const name = option.replace(/^-+/, '')
      assert.ok(new RegExp(`[{, ']${option}[=}' ,[]`).test(section), `zsh: ${command} ${option}`)
      assert.match(
        fish,
        new RegExp(`^complete .*${seen}.*-${option.startsWith('--') ? 'l' : 's'} ${name} `, 'm')
      )
      assert.ok(
        new RegExp(`^\\.B .*${option.replaceAll('-', '\\\\-')}(?:[ ,]|$)`, 'm').test(page),
        `${command} ${option}`
      )
    }
  }
})

function useDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'sweep-completion-'))
  t.after(() => rmSync(path, { recursive: true }))
  mkdirSync(join(path, 'a directory'))
  writeFileSync(join(path, 'a file'), '')
  return path
}

/** What a real bash offers for the last word of a line. */
function bashOffers(cwd: string, ...words: string[]): string[] {
  const script = `source ${join(DIST, FILES.bash)}
complete -p ${NAME} >/dev/null || exit 1
COMP_WORDS=("$@") COMP_CWORD=$(( $# - 1 ))
_claude_hooks_sweep
(( \${#COMPREPLY[@]} == 0 )) || printf '%s\\n' "\${COMPREPLY[@]}"`
  const args = ['--norc', '-c', script, 'bash', NAME, ...words]
  const { stdout, stderr, status } = spawnSync('bash', args, { cwd, encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
  return stdout.split('\n').slice(0, -1)
}

test('bash completes commands, and exactly the options that the help of each has', (t) => {
  const cwd = useDirectory(t)
  const first = bashOffers(cwd, '')
  for (const word of [...COMMANDS, '--version', '--dry-run']) assert.ok(first.includes(word), word)
  assert.deepEqual(bashOffers(cwd, 'h'), ['history'])
  for (const [command, options] of OPTIONS)
    assert.deepEqual(bashOffers(cwd, command, '-').sort(), [...options].sort())
  assert.deepEqual(bashOffers(cwd, '--json', '--dry'), ['--dry-run'])
})

test('bash completes choices, files and directories', (t) => {
  const cwd = useDirectory(t)
  assert.deepEqual(bashOffers(cwd, 'completion', ''), ['bash', 'zsh', 'fish'])
  assert.deepEqual(bashOffers(cwd, 'doctor', '--log-level', 'i'), ['info'])
  assert.deepEqual(bashOffers(cwd, '--log-level', 'w'), ['warn'])
  assert.deepEqual(bashOffers(cwd, 'doctor', '--log-format', '=', 'j'), ['journal', 'json'])
  assert.deepEqual(bashOffers(cwd, 'doctor', '--log-format', '='), ['auto', 'pretty', 'journal', 'json'])
  assert.deepEqual(bashOffers(cwd, '--env-file', '').sort(), ['a directory', 'a file'])
  assert.deepEqual(bashOffers(cwd, 'sweep', '--state-dir', 'a'), ['a directory'])
  assert.deepEqual(bashOffers(cwd, 'explain', 'a f'), ['a file'])
  for (const words of [
    ['doctor', '--max-age-days', ''],
    ['undo', ''],
    ['history', '']
  ])
    assert.deepEqual(bashOffers(cwd, ...words), [])
})

const noFish = hasCommand('fish') ? false : 'fish is not installed'

test('fish completes commands, options, choices and files', { skip: noFish }, (t) => {
  const cwd = useDirectory(t)
  const offers = (line: string) => {
    const script = `source ${join(DIST, FILES.fish)}; complete -C '${NAME} ${line}'`
    const options = { cwd, encoding: 'utf8', env: { ...process.env, HOME: cwd }, timeout: 60_000 } as const
    const { stdout } = spawnSync('fish', ['--no-config', '-c', script], options)
    return stdout
      .split('\n')
      .map((text) => text.split('\t')[0])
      .slice(0, -1)
      .sort()
  }
  assert.deepEqual(
    offers('').filter((word) => COMMANDS.includes(word ?? '')),
    [...COMMANDS].sort()
  )
  for (const [command, options] of OPTIONS)
    for (const option of options.filter((text) => text.startsWith('--')))
      assert.deepEqual(offers(`${command} ${option}`).includes(option), true, `${command} ${option}`)
  assert.deepEqual(offers('completion '), ['bash', 'fish', 'zsh'])
  assert.deepEqual(offers('doctor --log-format j'), ['journal', 'json'])
  assert.deepEqual(offers('explain a'), ['a directory/', 'a file'])
})

const noZsh = hasCommand('zsh') ? false : 'zsh is not installed'

/** What an interactive zsh reads first: a key that ends it and tells the line as it stands. */
const ZSH_SETUP = `autoload -U compinit
compinit -u -D
source ${join(DIST, FILES.zsh)}
bindkey '^I' complete-word
tell() { print -r -- "<$BUFFER>"; exit }
zle -N tell
bindkey '^X' tell
PS1='ready '
`

/** Types a line and a tab into it, on a pseudo terminal, once it shows its prompt. */
const ZSH_TYPES = `zmodload zsh/zpty
zpty shell TERM=dumb zsh -f -i
zpty -w shell "source setup"
zpty -r shell text '*ready *'
zpty -w -n shell "$1"$'\\t\\x18'
zpty -r shell text '*<*>*'
print -r -- "$text"
`

test('zsh completes commands, options, choices and files', { skip: noZsh }, (t) => {
  const cwd = useDirectory(t)
  writeFileSync(join(cwd, 'setup'), ZSH_SETUP)
  const typed = (line: string) => {
    const options = { cwd, encoding: 'utf8', env: { ...process.env, HOME: cwd }, timeout: 60_000 } as const
    const { stdout } = spawnSync('zsh', ['-f', '-c', ZSH_TYPES, 'zsh', `${NAME} ${line}`], options)
    return /<(.*)>/.exec(stdout)?.[1]?.trimEnd()
  }
  for (const [line, whole] of [
    ['hist', 'history'],
    ['doctor --max', 'doctor --max-age-days='],
    ['--retry', '--retry-failed'],
    ['completion ba', 'completion bash'],
    ['undo --log-level=deb', 'undo --log-level=debug'],
    ['explain a\\ f', 'explain a\\ file']
  ] as const)
    assert.equal(typed(line), `${NAME} ${whole}`)
})

const noMan = hasCommand('man') ? false : 'man is not installed'

test('the manual page is one that man can show', { skip: noMan }, () => {
  const options = { encoding: 'utf8', env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C' } } as const
  const { stdout, stderr, status } = spawnSync('man', ['--warnings', '-l', join(DIST, FILES.man)], options)
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /--max-age-days <days>/)
  assert.match(stdout, /^ +78 +a setting is missing or wrong$/m)
})

const noMandoc = hasCommand('mandoc') ? false : 'mandoc is not installed'

test('the manual page is sound', { skip: noMandoc }, () => {
  const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', join(DIST, FILES.man)], {
    encoding: 'utf8'
  })
  // Without a date the same source makes the same page.
  assert.deepEqual(
    stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date')),
    []
  )
})
