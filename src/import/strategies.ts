import type { Notes } from './notes.js'

/** The routing method of a strategy of another product. */
export interface Strategy {
  readonly method: 'longestIdle' | 'parallel' | 'roundRobin' | 'serial' | 'attendant'
  /** What Carillon does otherwise. */
  readonly differs?: string
}

/** The routing method of a group. `word`: the strategy of the old product, in lower case. */
export function methodOf(
  strategies: Readonly<Record<string, Strategy>>,
  word: string,
  group: string,
  notes: Notes,
): Strategy['method'] {
  const known = Object.hasOwn(strategies, word) ? strategies[word] : undefined
  if (!known) {
    const remedy = 'write longestIdle, parallel, roundRobin, serial or attendant; the config says parallel'
    notes.lost('group', group, 'routingMethod', `the strategy '${word}' is not known`, remedy)
    return 'parallel'
  }
  if (known.differs !== undefined)
    notes.changed('group', group, 'routingMethod', `the strategy was ${word} and is ${known.method}`, known.differs)
  return known.method
}
