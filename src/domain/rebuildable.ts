/** Directories that belong to a tool, whatever stands in them: it makes them anew. */
const CACHES: ReadonlySet<string> = new Set([
  ...['node_modules', 'bower_components', '.pnpm-store', '.npm', '.parcel-cache', '.next', '.nuxt'],
  ...['.svelte-kit', '.astro', '.turbo', '.vite', '.angular', '.nyc_output', '.stryker-tmp'],
  ...['__pycache__', '.venv', 'venv', '.tox', '.nox', '.eggs', '.mypy_cache', '.pytest_cache'],
  ...['.ruff_cache', '.hypothesis', '.gradle', '.cache', '.sass-cache', '.dart_tool', 'elm-stuff'],
  ...['zig-cache', '.zig-cache']
])

/** Directories that a build fills, where it has them to itself: many a repo keeps its own work in a `bin`. */
const OUTPUTS: ReadonlySet<string> = new Set([
  ...['dist', 'build', 'out', 'target', 'bin', 'obj', '_build', 'deps', 'vendor', 'Pods', '.yarn'],
  ...['coverage', 'htmlcov', 'test-results', 'playwright-report', '.terraform']
])

const FILES =
  /(?:\.(?:pyc|pyo|o|a|so|dylib|class|obj|exe|tsbuildinfo|map)|^\.(?:eslintcache|stylelintcache|coverage|DS_Store)|^Thumbs\.db)$/i

const isCache = (name: string): boolean => CACHES.has(name) || name.endsWith('.egg-info')

/**
 * Whether an ignored file (relative, `/` between) is made anew from what is committed. Anything else that
 * is ignored, an `.env` say, exists nowhere but here.
 */
export function isRebuildable(path: string): boolean {
  const at = path.lastIndexOf('/') + 1
  return isCacheDirectory(path.slice(0, at)) || FILES.test(path.slice(at))
}

/** Whether a directory is a tool's own, or in one. */
export const isCacheDirectory = (path: string): boolean => path.split('/').some(isCache)

/**
 * Whether a directory that is ignored as a whole holds what a build makes anew. Of one that is ignored
 * only in part the name proves nothing.
 */
export const isOutputDirectory = (path: string): boolean => OUTPUTS.has(path.slice(path.lastIndexOf('/') + 1))

/** Whether a file holds settings of its user, which no build makes, wherever it stands. */
export const isLocalSettings = (path: string): boolean => /(?:^|\/)\.env(?:\.[^/]*)?$/.test(path)

/** Whether a pipe or socket at this path is a tool's own; one that git would open never is: it would wait there. */
export function isOfTool(path: string): boolean {
  if (/(?:^|\/)\.git[^/]*$/.test(path)) return false
  return path
    .split('/')
    .slice(0, -1)
    .some((name) => isCache(name) || OUTPUTS.has(name))
}
