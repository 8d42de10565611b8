import type { Call, Queue, ReportRow } from '../../api/documents.js'

/** A queue's calls of one day. `serviceLevel` is from 0 to 1, or null while no wait counts for it. */
export interface QueueDay {
  readonly received: number
  readonly answered: number
  readonly abandoned: number
  readonly serviceLevel: number | null
}

/** One hour of the day. Wait times are in seconds, and absent if there was no call. */
export interface Hour {
  /** In milliseconds since the epoch. */
  readonly begin: number
  readonly answered: number
  readonly abandoned: number
  /** Neither answered nor abandoned: forwarded, disconnected by a rule of the queue, or moved to another queue. */
  readonly other: number
  readonly averageWait?: number
  readonly longestWait?: number
}

/** Sums up the rows of several hours. The service level is weighted by the number of waits that count for it. */
export function sumOf(rows: readonly ReportRow[]): QueueDay {
  const total = (of: (row: ReportRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
  const received = total(row => row.received)
  const judged = total(row => row.serviceLevelWaits)
  return {
    received,
    answered: total(row => row.answered),
    abandoned: total(row => Math.round(row.abandoned * row.received)),
    serviceLevel: judged === 0 ? null : total(row => (row.serviceLevel ?? 0) * row.serviceLevelWaits) / judged,
  }
}

/**
 * How many callers of a queue talk with an agent now, because reports only have finished calls. A connected call is in no queue any more,
 * but it has the agent's group. It counts for the only queue of that group, or for the one with the name of its workflow. If there is no
 * such queue, it counts when it ends.
 */
export function talkingIn(name: string, queues: Iterable<Queue>, calls: Iterable<Call>): number {
  const all = [...queues]
  const queueOf = ({ group, workflow }: Call): string | undefined => {
    const searching = group === null ? [] : all.filter(({ groups }) => groups.includes(group))
    return (searching.length === 1 ? searching[0] : searching.find(queue => queue.name === workflow))?.name
  }
  return [...calls].filter(call => call.state === 'connected' && queueOf(call) === name).length
}

/** The hours from one midnight to the next: 23 or 25 of them on days when the clocks change. */
export function hoursOf(rows: readonly ReportRow[], midnight: string, next: string): Hour[] {
  const count = Math.ceil((Date.parse(next) - Date.parse(midnight)) / 3_600_000)
  return Array.from({ length: count }, (_unused, hour) => {
    const begin = Date.parse(midnight) + hour * 3_600_000
    const here = rows.filter(({ from }) => Date.parse(from) === begin)
    const { received, answered, abandoned } = sumOf(here)
    const other = Math.max(0, received - answered - abandoned)
    if (received === 0) return { begin, answered, abandoned, other }
    const waited = here.reduce((sum, row) => sum + row.averageWait * row.received, 0)
    return {
      begin,
      answered,
      abandoned,
      other,
      averageWait: waited / received,
      longestWait: Math.max(...here.map(row => row.longestWait)),
    }
  })
}
