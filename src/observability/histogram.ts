/** Counts values in buckets. The cumulative counts are computed when the histogram is read. */
export class Histogram {
  readonly #counts: Float64Array
  #sum = 0

  /** `bounds` are upper bounds in rising order, in the unit of the metric. A last bucket without a bound is added here. */
  constructor(private readonly bounds: readonly number[]) {
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const { bounds } = this
    let bucket = 0
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += value
  }

  /** The `_bucket`, `_sum` and `_count` lines of the text exposition format. */
  *lines(name: string, labels: string): IterableIterator<string> {
    const before = labels === '' ? '' : `${labels},`
    const braced = labels === '' ? '' : `{${labels}}`
    let total = 0
    for (const [bucket, count] of this.#counts.entries()) {
      total += count
      yield `${name}_bucket{${before}le="${this.bounds[bucket] ?? '+Inf'}"} ${total}\n`
    }
    yield `${name}_sum${braced} ${this.#sum}\n`
    yield `${name}_count${braced} ${total}\n`
  }
}
