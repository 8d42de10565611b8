/** Counters between scrapes. They are plain numbers, because counting must cost almost nothing. */

/** One number that a reader of steps changes. */
interface Cell {
  value: number
}

export const newCell = (): Cell => ({ value: 0 })

/**
 * The most combinations of label values. Label values come from the config and from closed lists. This limit stops reloads that keep
 * renaming things from adding series without end.
 */
const mostSeries = 20_000
const overflow = 'other'

/** Separate counters for each combination of label values. */
export class Series<Counted> {
  readonly #counted = new Map<string, { readonly labels: string; readonly counted: Counted }>()

  constructor(
    private readonly labelNames: readonly string[],
    private readonly make: () => Counted,
  ) {}

  /** The counter of these values: one for each label name, in the same order. */
  at(...values: readonly string[]): Counted {
    return (this.#counted.get(keyOf(values)) ?? this.#add(values)).counted
  }

  /**
   * Creates the counter with value 0, so that its rate is right from the start. Stops at half of the limit, so that real counts have space.
   */
  expect(...values: readonly string[]): void {
    if (this.#counted.size < mostSeries / 2) this.at(...values)
  }

  /** Each counter with its labels in exposition format, without braces. */
  entries(): Iterable<{ readonly labels: string; readonly counted: Counted }> {
    return this.#counted.values()
  }

  #add(values: readonly string[]): { readonly labels: string; readonly counted: Counted } {
    const bounded = this.#counted.size < mostSeries ? values : values.map(() => overflow)
    const key = keyOf(bounded)
    const there = this.#counted.get(key)
    if (there) return there
    const made = { labels: labelsOf(this.labelNames, bounded), counted: this.make() }
    this.#counted.set(key, made)
    return made
  }
}

/** The key of a combination of values. No name in the config contains a line break. */
const keyOf = (values: readonly string[]): string => (values.length === 1 ? (values[0] ?? '') : values.join('\n'))

/** Labels such as `queue="support",outcome="answered"`, escaped as the text exposition format requires. */
export function labelsOf(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',')
}

const needsEscape = /["\\\n]/

function escaped(value: string): string {
  if (!needsEscape.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
