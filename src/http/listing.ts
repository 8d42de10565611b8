import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'

const itemsPerTurn = 100

/**
 * Sends a JSON array a slice at a time, a turn of the event loop between slices, so that a list of thousands never holds
 * up a call (rule reads-never-block). The list shows each item as it is when its slice is made.
 */
export function listOf<Item>(reply: FastifyReply, items: Iterable<Item>, documentOf: (item: Item) => unknown): FastifyReply {
  return reply.type('application/json').send(Readable.from(slices(items, documentOf)))
}

async function* slices<Item>(items: Iterable<Item>, documentOf: (item: Item) => unknown): AsyncGenerator<string> {
  let slice = '['
  let count = 0
  for (const item of items) {
    slice += `${count === 0 ? '' : ','}${JSON.stringify(documentOf(item))}`
    count += 1
    if (count % itemsPerTurn > 0) continue
    yield slice
    slice = ''
    await nextTurn()
  }
  yield `${slice}]`
}

/** Yields the matching items, one at a time. */
export function* only<Item>(items: Iterable<Item>, fits: (item: Item) => boolean): IterableIterator<Item> {
  for (const item of items) if (fits(item)) yield item
}
