import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { hasCommand } from './support/has-command.ts'
import { sweep } from './support/run-command.ts'
import { useSandbox } from './support/use-sandbox.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const RULES = join(ROOT, 'systemd/monitoring/claude-hooks-sweep.rules.yml')
const RULE_TESTS = join(ROOT, 'test/monitoring/claude-hooks-sweep.rules.test.yml')
const DASHBOARD = join(ROOT, 'systemd/monitoring/claude-hooks-sweep.dashboard.json')

interface Panel {
  readonly id: number
  readonly title: string
  readonly datasource: unknown
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly expr: string; readonly datasource: unknown }[]
}

const dashboard = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] }
}

const namesIn = (text: string): Set<string> => new Set(text.match(/\bclaude_hooks_sweep_[a-z_]+/g))

test('rules, their tests, dashboard and README name metrics that a pass writes; the dashboard shows them all', async (t) => {
  const sandbox = await useSandbox(t)
  sandbox.forgejo.add('charles/peon', [{ number: 4, state: 'open' }])
  sandbox.addSession('boss:charles/peon:4')
  const file = join(sandbox.path, 'sweep.prom')
  assert.equal((await sweep(sandbox, [], { SWEEPER_METRICS_FILE: file })).code, 0)
  const written = namesIn(readFileSync(file, 'utf8'))
  assert.ok(written.size > 15)
  for (const path of [RULES, RULE_TESTS, join(ROOT, 'README.md')]) {
    const strange = [...namesIn(readFileSync(path, 'utf8'))].filter((name) => !written.has(name))
    assert.deepEqual(strange, [], path)
  }
  const shown = namesIn(JSON.stringify(dashboard))
  assert.deepEqual([...shown].sort(), [...written].sort())
})

test('the dashboard asks the data source of its variable alone, and its panels do not overlap', () => {
  const { panels, templating } = dashboard
  assert.ok(templating.list.some(({ name, type }) => name === 'datasource' && type === 'datasource'))
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so Grafana writes a variable.
  const source = { type: 'prometheus', uid: '${datasource}' }
  const cells = new Set<string>()
  for (const { title, datasource, targets, gridPos } of panels) {
    for (const one of [datasource, ...targets.map((target) => target.datasource)]) {
      assert.deepEqual(one, source, title)
    }
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
        assert.ok(x < 24 && !cells.has(`${x},${y}`), title)
        cells.add(`${x},${y}`)
      }
    }
  }
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
})

const skip = hasCommand('promtool') ? false : 'promtool is not installed'

function promtool(...args: string[]): void {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' })
  assert.equal(status, 0, `${stdout}${stderr}`)
}

test('the alert rules are sound, and fire when they should and only then', { skip }, () => {
  promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES)
  promtool('test', 'rules', RULE_TESTS)
})

test('each expression of the dashboard is PromQL', { skip }, async (t) => {
  const sandbox = await useSandbox(t)
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  const rules = expressions.map((expr, index) => ({ record: `panel:${index}`, expr }))
  const path = join(sandbox.path, 'panels.yml')
  writeFileSync(path, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  promtool('check', 'rules', path)
})
