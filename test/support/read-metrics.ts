import { readFileSync } from 'node:fs'

/** The samples of a metrics file by series, without the label that all of them carry. */
export function readMetrics(path: string): ReadonlyMap<string, number> {
  const samples = readFileSync(path, 'utf8').matchAll(/^(?:claude_hooks_sweep_)(\w+)(\{.*\}) (\S+)$/gm)
  return new Map(
    [...samples].map(([, name = '', labels = '', value]) => {
      const own = labels.replace(/state_dir="[^"]*",?/, '')
      return [own === '{}' ? name : `${name}${own}`, Number(value)]
    })
  )
}
