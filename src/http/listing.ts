import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Turns } from '../foundation/turns.js'

const itemsPerTurn = 100

/** The cost, in units of reads (`Shares`), of a slice that shows `items` calls. The other calls of the slice are only looked at. */
export const sliceUnits = (items: number): number => 0.1 + items / itemsPerTurn

/** The items of a list. Undefined: an item that is left out. It counts for the slice too, because looking at it takes time. */
type Items<Item> = Iterable<Item | undefined>

/** Called after each slice with the number of its items, so that the person is charged for the length of the list. */
type SliceNote = (items: number) => void

/**
 * Sends a JSON array in slices, with a turn of the event loop between them, so that a list of thousands never delays a call (rule
 * reads-never-block). `who`: people take turns, so that somebody with many lists delays only their own. The list shows each item as it is
 * when its slice is made.
 */
export function listOf<Item>(
  reply: FastifyReply,
  who: string,
  items: Items<Item>,
  documentOf: (item: Item) => unknown,
  note?: SliceNote,
): FastifyReply {
  return reply.type('application/json').send(Readable.from(slicesOf(who, items, documentOf, note)))
}

/** The JSON text of a list, in slices. */
export async function* slicesOf<Item>(
  who: string,
  items: Items<Item>,
  documentOf: (item: Item) => unknown,
  note: SliceNote = () => undefined,
): AsyncGenerator<string> {
  await ownTurn(who)
  let slice = '['
  let [looked, shown, inSlice] = [0, 0, 0]
  for (const item of items) {
    if (item !== undefined) {
      slice += `${shown === 0 ? '' : ','}${JSON.stringify(documentOf(item))}`
      shown += 1
      inSlice += 1
    }
    looked += 1
    if (looked % itemsPerTurn > 0) continue
    note(inSlice)
    if (slice !== '') yield slice
    slice = ''
    inSlice = 0
    await ownTurn(who)
  }
  yield `${slice}]`
}

/** Makes one slice of all lists in each turn of the event loop, because the slices of many lists would make one turn long. */
const turns = new Turns()
const ownTurn = (who: string): Promise<void> => turns.run(() => nextTurn(), { name: who })

/** The items, with undefined in place of those that do not fit. */
export function* only<Item>(items: Iterable<Item>, fits: (item: Item) => boolean): IterableIterator<Item | undefined> {
  for (const item of items) yield fits(item) ? item : undefined
}
