import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Found } from '../store/port.js'
import { readable } from './problem.js'

/** How a page is read. */
interface Reading<Item, Place> {
  /** Reads up to `limit` items from the store, after a place. */
  readonly read: (limit: number, after: Place | undefined) => Promise<Found<Item, Place>>
  readonly placeOf: (item: Item) => Place
  /** About how long the item's JSON is. */
  readonly bytesOf: (item: Item) => number
  /** Called when a read found less than it was asked for, because few items match. */
  readonly searched: () => void
}

/** The most items of one read of the store. */
const itemsAtOnce = 100
/** A page ends at about this size, because it lies in memory until the client has read it. `next` then leads to the rest. */
const mostBytes = 1024 * 1024

/** Reads one page by short reads of the store, with a turn of the event loop between them for other work. */
export async function pageOf<Item, Place>(
  { read, placeOf, bytesOf, searched }: Reading<Item, Place>,
  limit: number,
  from: Place | undefined,
): Promise<{ readonly items: readonly Item[]; readonly next?: Place }> {
  const items: Item[] = []
  let bytes = 0
  let after = from
  for (;;) {
    const asked = Math.min(itemsAtOnce, limit - items.length)
    const { items: found, next } = await readable(read(asked, after))
    for (const item of found) {
      items.push(item)
      bytes += bytesOf(item)
      if (bytes >= mostBytes) return { items, next: placeOf(item) }
    }
    if (next === undefined) return { items }
    if (items.length === limit) return { items, next }
    if (found.length < asked) searched()
    after = next
    await nextTurn()
  }
}
