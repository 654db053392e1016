/** Directories that a build, an install or a tool makes anew from what is committed. */
const DIRECTORIES: ReadonlySet<string> = new Set([
  ...['node_modules', 'bower_components', '.pnpm-store', '.yarn', '.npm', '.parcel-cache'],
  ...['dist', 'build', 'out', 'target', 'bin', 'obj', '_build', 'deps', 'vendor', 'Pods'],
  ...['.next', '.nuxt', '.svelte-kit', '.astro', '.turbo', '.vite', '.angular', '.wrangler'],
  ...['coverage', '.nyc_output', 'htmlcov', 'test-results', 'playwright-report', '.stryker-tmp'],
  ...['__pycache__', '.venv', 'venv', '.tox', '.nox', '.eggs', '.mypy_cache', '.pytest_cache'],
  ...['.ruff_cache', '.hypothesis', '.ipynb_checkpoints', '.gradle', '.cache', '.sass-cache'],
  ...['.terraform', '.bundle', '.dart_tool', '.cargo', 'elm-stuff', 'zig-cache', '.zig-cache']
])

const FILES =
  /(?:\.(?:pyc|pyo|o|a|so|dylib|class|obj|exe|log|tsbuildinfo|map|swp|swo|tmp)|^\.(?:eslintcache|stylelintcache|coverage|DS_Store)|^Thumbs\.db|~)$/i

/**
 * Whether an ignored path (relative, `/` between, `/` at the end of a directory) is made anew from
 * what is committed. Anything else that is ignored, an `.env` say, exists nowhere but here.
 */
export function isRebuildable(path: string): boolean {
  const directories = path.split('/').slice(0, -1)
  const file = path.slice(path.lastIndexOf('/') + 1)
  return directories.some((part) => DIRECTORIES.has(part) || part.endsWith('.egg-info')) || FILES.test(file)
}
