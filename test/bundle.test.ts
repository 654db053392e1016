import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const BUNDLE = fileURLToPath(new URL('../bundle', import.meta.url))

test('each module stands in one file of the bundle: what two had would be two classes to instanceof', () => {
  const maps = readdirSync(BUNDLE).filter((name) => name.endsWith('.map'))
  const sources = maps.flatMap((name) => JSON.parse(readFileSync(join(BUNDLE, name), 'utf8')).sources)
  const own: string[] = sources.filter((path: string) => /\/src\/.*\.ts$/.test(path))
  assert.ok(own.some((path) => path.endsWith('/src/host/git.ts')))
  assert.deepEqual(
    own.filter((path, index) => own.indexOf(path) !== index),
    []
  )
})
