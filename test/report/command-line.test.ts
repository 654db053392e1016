import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CommandLine, CommandLineOption } from '../../src/domain/command-line.ts'
import { renderBashCompletion } from '../../src/report/completion-bash.ts'
import { renderFishCompletion } from '../../src/report/completion-fish.ts'
import { renderZshCompletion } from '../../src/report/completion-zsh.ts'
import { renderManPage } from '../../src/report/man-page.ts'

const option = (long: string, more: Partial<CommandLineOption> = {}): CommandLineOption => ({
  short: null,
  long,
  usage: null,
  description: `.what it's [about]: \\ all`,
  takes: { kind: 'anything' },
  ...more
})

const LINE: CommandLine = {
  name: 'a-tool',
  version: '1.2.3',
  description: 'Does it.',
  options: [option('--help', { short: '-h' })],
  defaultCommand: 'run',
  commands: [
    {
      name: 'run',
      description: "it's the first",
      arguments: [
        { usage: '[what]', description: 'one of', takes: { kind: 'choices', choices: ['x', 'y'] } }
      ],
      options: [
        option('--in', { usage: '<path>', takes: { kind: 'files' } }),
        option('--at', { short: '-a', usage: '<path>', takes: { kind: 'directories' } }),
        option('--days', { usage: '<days>' })
      ]
    },
    {
      name: 'show',
      description: 'the second',
      arguments: [{ usage: '<name>', description: 'whose', takes: { kind: 'anything' } }],
      options: [option('--help', { short: '-h' })]
    }
  ],
  exitCodes: [['0', 'done']]
}

test('bash: options with a value by both their names, and nothing for what cannot be known', () => {
  const text = renderBashCompletion(LINE)
  assert.match(text, /^ {4}run,-a\|run,--at\) .*compgen -d -- "\$cur"\); return ;;$/m)
  assert.match(text, /^ {4}run,--days\) :; return ;;$/m)
  assert.match(text, /^ {4}show\) : ;;$/m)
  assert.match(text, /-W 'run show -h --help --in -a --at --days'/)
})

test('zsh: quotes, brackets and colons of a description end nothing', () => {
  const text = renderZshCompletion(LINE)
  assert.ok(text.includes(`--days='[.what it'\\''s \\[about\\]\\: \\\\ all]:<days>: '`), text)
  assert.ok(text.includes(`'(-a --at)'{-a,--at=}'`))
  assert.ok(text.includes(`'1::\\[what\\]:(x y)'`))
})

test('fish: quotes and backslashes of a description end nothing', () => {
  const text = renderFishCompletion(LINE)
  assert.ok(text.includes(`-l days -r -f -d '.what it\\'s [about]: \\\\ all'`), text)
  assert.ok(text.includes(`-n 'not __fish_seen_subcommand_from show' -f -a 'x y'`))
})

test('the manual page: no text begins a macro or an escape', () => {
  const text = renderManPage(LINE)
  assert.match(text, /^a\\-tool \\- does it$/m)
  assert.match(text, /^\.B \\-a, \\-\\-at <path>\n\\&\.what it's \[about\]: \\e all$/m)
  assert.match(
    text,
    /^\.B a\\-tool \[run\]\n\[what\] \[options\]\n\.br\n\.B a\\-tool show\n<name> \[options\]$/m
  )
  assert.match(text, /^\.B \[what\]\none of: x, y$/m)
  assert.match(text, /^\.SH EXIT STATUS\n\.TP\n\.B 0\ndone$/m)
})
