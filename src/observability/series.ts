/** What is counted between scrapes: plain numbers, so that counting costs a call next to nothing. */

/** One number that the reader of steps moves. */
export interface Cell {
  value: number
}

export const newCell = (): Cell => ({ value: 0 })

/** Label values come from the config and from closed unions; reloads that rename without end are stopped here from piling up. */
const mostSeries = 20_000
const overflow = 'other'

/** Counts apart for each combination of label values. */
export class Series<Counted> {
  readonly #counted = new Map<string, { readonly labels: string; readonly counted: Counted }>()

  constructor(
    private readonly labelNames: readonly string[],
    private readonly make: () => Counted,
  ) {}

  /** One value for each label name, in their order. */
  at(...values: readonly string[]): Counted {
    return (this.#counted.get(keyOf(values)) ?? this.#add(values)).counted
  }

  /** Told as 0 before it is first counted, so that a rate over its first time is right. Leaves half of the room to what is counted. */
  expect(...values: readonly string[]): void {
    if (this.#counted.size < mostSeries / 2) this.at(...values)
  }

  /** The labels as the exposition format has them, without braces, and what was counted. */
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

/** No name of the config holds a line break. */
const keyOf = (values: readonly string[]): string => (values.length === 1 ? (values[0] ?? '') : values.join('\n'))

/** `queue="support",outcome="answered"`, escaped as the text exposition format asks for. */
export function labelsOf(names: readonly string[], values: readonly string[]): string {
  return names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',')
}

const needsEscape = /["\\\n]/

function escaped(value: string): string {
  if (!needsEscape.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
