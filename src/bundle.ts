import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build } from 'esbuild'

/**
 * Part of the build: all modules in few files, as CommonJS, since Node's loader of ES modules takes a
 * quarter of Node's own start. Each `import()` in the source begins a file that is loaded then.
 */
const outdir = fileURLToPath(new URL('../bundle', import.meta.url))

const common: BuildOptions = {
  outdir,
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning'
}

// A file's name holds its contents' hash.
rmSync(outdir, { recursive: true, force: true })

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url))

// Only ES modules are split so that each module stands in one file: two definitions of a class would be two classes.
await build({
  ...common,
  entryPoints: { main: source('main.ts'), launcher: source('host/launcher.ts') },
  format: 'esm',
  bundle: true,
  splitting: true,
  mainFields: ['module', 'main'],
  external: ['undici', 'pino', 'pino-pretty', 'dotenv']
})

await build({
  ...common,
  entryPoints: readdirSync(outdir)
    .filter((name) => name.endsWith('.cjs'))
    .map((name) => join(outdir, name)),
  allowOverwrite: true,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  define: { 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' }
})
