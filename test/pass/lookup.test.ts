import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { isSwept, type Planned } from '../../src/domain/plan.ts'
import { askForgejo } from '../support/asked-forgejo.ts'
import { ForgejoStandIn } from '../support/forgejo-stand-in.ts'
import { build, planOf, type World, worlds } from '../support/lookup-world.ts'

const standIn = await ForgejoStandIn.start()
after(() => standIn.stop())

const nameOf = (planned: Planned): string =>
  planned.kind === 'session' ? planned.session.text : planned.placed.worktree.path

const decisionsOf = (plan: readonly Planned[]) => plan.map((one) => [nameOf(one), one.decision])

test('from lists or singly: the decisions are the same', async () => {
  let worst = -1000, n = 0, over = 0, saved = 0, total = 0
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      build(standIn, world)
      const each = askForgejo(standIn, 'each')
      const expected = decisionsOf(await planOf(world, each))
      for (const mode of ['auto', 'bulk'] as const) {
        const asked = askForgejo(standIn, mode)
        assert.deepEqual(decisionsOf(await planOf(world, asked)), expected)
        if (mode === 'auto') {
          n++
          const d = asked.paths.length - each.paths.length
          worst = Math.max(worst, d); if (d > 0) over++
          saved -= d; total += each.paths.length
        }
      }
    }),
    { numRuns: 300, seed: 42 }
  )
  process.stdout.write(JSON.stringify({ n, worst, over, saved, total }) + '\n')
})
