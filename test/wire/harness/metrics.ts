/** One sample of the Prometheus text format. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** All samples of a scrape. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap(line => {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? []
    if (name === undefined || line.startsWith('#')) return []
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text] as const)
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

/** The sum of the samples with this name and these labels. */
export function metricOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  return samplesOf(text)
    .filter(sample => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
    .reduce((sum, sample) => sum + sample.value, 0)
}

/** The upper bound of the histogram bucket that contains this quantile (such as 0.99) of the observations since `before`, in the metric's unit. */
export function quantileOf(text: string, name: string, share: number, before = ''): number {
  const buckets = new Map<number, number>()
  const count = (scrape: string, sign: 1 | -1): void => {
    for (const sample of samplesOf(scrape)) {
      if (sample.name !== `${name}_bucket`) continue
      const bound = sample.labels['le'] === '+Inf' ? Infinity : Number(sample.labels['le'])
      buckets.set(bound, (buckets.get(bound) ?? 0) + sign * sample.value)
    }
  }
  count(before, -1)
  count(text, 1)
  const ordered = [...buckets].sort(([a], [b]) => a - b)
  const all = ordered.at(-1)?.[1] ?? 0
  return all === 0 ? NaN : (ordered.find(([, count]) => count >= share * all)?.[0] ?? NaN)
}
