import { entryFits } from '../filter.js'
import { entryIn } from '../stored-json.js'
import type { AuditEntry, AuditFilter, Found, NumberedEntry } from '../port.js'
import type { RedisConnection } from './connection.js'
import { texts } from './records.js'

/** How many entries one read looks at, and how many at a time. */
const mostLookedAt = 5_000
const atOnce = 200

/**
 * The entry as values of the script that writes. Its number is its place in the stream, so an entry that is sent twice is written once.
 */
export const entryValues = (number: number, entry: AuditEntry): readonly (string | number)[] => [
  ...['a', number, entry.at],
  JSON.stringify(entry),
]

/** The number in the place of a stream's entry, such as `17-0`. */
export const numberOf = (place: string): number => Number(/^\d+/.exec(place)?.[0] ?? 0)

export async function findEntries(redis: RedisConnection, filter: AuditFilter): Promise<Found<NumberedEntry, number>> {
  const items: NumberedEntry[] = []
  let before = filter.before
  for (let looked = 0; looked < mostLookedAt;) {
    const newest = before === undefined ? '+' : String(before - 1)
    const found = entriesIn(await redis.ask(['XREVRANGE', redis.key('audit'), newest, '-', 'COUNT', atOnce]))
    for (const { number, entry } of found) {
      before = number
      if (entry && entryFits({ ...entry, id: number }, filter)) items.push({ ...entry, id: number })
      if (items.length >= filter.limit) return { items, next: number }
    }
    looked += found.length
    if (found.length < atOnce) return { items }
  }
  return { items, ...(before !== undefined && { next: before }) }
}

interface FoundEntry {
  readonly number: number
  /** Undefined: somebody edited it. */
  readonly entry: AuditEntry | undefined
}

/** Entries of a stream: a place, and names with values. */
function entriesIn(reply: unknown): FoundEntry[] {
  if (!Array.isArray(reply)) return []
  return reply.flatMap((each: unknown) => {
    if (!Array.isArray(each)) return []
    const [place, fields] = each as readonly unknown[]
    const text = texts(fields).at(3)
    return typeof place === 'string' ? [{ number: numberOf(place), entry: entryIn(text) }] : []
  })
}
