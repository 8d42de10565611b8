/** When a queue needs attention. Undefined: the default. */
interface QueueLimits {
  /** The longest wait in seconds. */
  readonly late?: number | undefined
  /** So many waiting callers are too many. */
  readonly many?: number | undefined
}

/** How a wallboard looks. It is kept in the page's address, so that each screen can have its own as a bookmark. */
export interface BoardSettings {
  /** The shown queues, in order. Empty: all. */
  readonly queues: readonly string[]
  readonly limits: ReadonlyMap<string, QueueLimits>
  /** Whether a bell rings when a queue needs attention. */
  readonly sound: boolean
}

/** Larger limits are of no use, and would make an address too long. */
export const mostLimit = 86_400

export function settingsIn(query: URLSearchParams): BoardSettings {
  const limits = new Map<string, QueueLimits>()
  for (const kind of ['late', 'many'] as const)
    for (const text of query.getAll(kind)) {
      const [, digits = '', name = ''] = /^(\d{1,5}):(.+)$/s.exec(text) ?? []
      const limit = limitOf(digits)
      if (limit !== undefined) limits.set(name, { ...limits.get(name), [kind]: limit })
    }
  const queues = [...new Set(query.getAll('queue').filter(name => name !== ''))]
  return { queues, limits, sound: query.get('sound') === 'on' }
}

/** The limit that a person typed. Undefined: none, or not a whole number from 1. */
export function limitOf(text: string): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  return value >= 1 && value <= mostLimit ? value : undefined
}

/** The page's address with these settings. */
export function boardAddress({ queues, limits, sound }: BoardSettings): string {
  const query = new URLSearchParams()
  for (const name of queues) query.append('queue', name)
  for (const [name, { late, many }] of limits) {
    if (late !== undefined) query.append('late', `${late}:${name}`)
    if (many !== undefined) query.append('many', `${many}:${name}`)
  }
  if (sound) query.append('sound', 'on')
  return query.size === 0 ? '/wallboard' : `/wallboard?${query.toString()}`
}

/** The queues to show. A chosen queue that does not exist, as after a rename, is left out. If none is left, all are shown. */
export function shownQueues<Queue>(all: ReadonlyMap<string, Queue>, { queues }: BoardSettings): readonly Queue[] {
  const chosen = queues.flatMap(name => all.get(name) ?? [])
  return chosen.length > 0 ? chosen : [...all.values()]
}
