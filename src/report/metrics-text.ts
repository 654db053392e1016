export type Labels = Readonly<Record<string, string>>

/** A metric in Prometheus' sense: one name, and a sample for each set of labels. All are gauges. */
export interface Metric {
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

interface Sample {
  readonly labels: Labels
  readonly value: number
}

/**
 * Prometheus' text format 0.0.4, without times: node_exporter refuses a file that has any.
 *
 * @param common the labels that every sample carries
 */
export const renderMetrics = (metrics: readonly Metric[], common: Labels): string =>
  metrics
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) => {
      const lines = samples.map(
        ({ labels, value }) => `${seriesOf(name, { ...common, ...labels })} ${value}\n`
      )
      return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`
    })
    .join('')

/** The value of the sample with exactly these labels in a text rendered before; null when it has none. */
export function readSample(text: string, name: string, labels: Labels): number | null {
  const series = `${seriesOf(name, labels)} `
  const line = text.split('\n').find((one) => one.startsWith(series))
  const value = Number(line?.slice(series.length) || Number.NaN)
  return Number.isFinite(value) ? value : null
}

function seriesOf(name: string, labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeValue(value)}"`)
  return `${name}{${pairs.join(',')}}`
}

const escapeValue = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
