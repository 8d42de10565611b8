import { insertAt, removeAt } from './lists.js'

/** In items. Short enough to shift within a few cache lines, and long enough to keep the number of blocks small. */
const mostInBlock = 64

/**
 * A set in the total order of `compare`. Adding, deleting and looking up cost O(log n) comparisons and shift at most one short block. The
 * place of an item must not change while it is in the set: remove the item, change it, and add it again.
 */
export class OrderedSet<T> {
  /** The blocks in order. No block is empty, and each block ends before the next one starts. */
  readonly #blocks: T[][] = []
  #size = 0

  constructor(private readonly compare: (a: T, b: T) => number) {}

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    this.#size += 1
    const at = this.#blockFor(item)
    const block = this.#blocks[at]
    if (!block) {
      this.#blocks.push([item])
      return
    }
    insertAt(block, this.#firstNotBefore(block, item), item)
    if (block.length > mostInBlock) this.#blocks.splice(at + 1, 0, block.splice(mostInBlock / 2))
  }

  /** Returns true if the item was in the set. */
  delete(item: T): boolean {
    const at = this.#blockFor(item)
    const block = this.#blocks[at]
    if (!block) return false
    const place = this.#firstNotBefore(block, item)
    if (block[place] !== item) return false
    removeAt(block, place)
    if (block.length === 0) this.#blocks.splice(at, 1)
    this.#size -= 1
    return true
  }

  has(item: T): boolean {
    const block = this.#blocks[this.#blockFor(item)]
    return block !== undefined && block[this.#firstNotBefore(block, item)] === item
  }

  first(): T | undefined {
    return this.#blocks[0]?.[0]
  }

  last(): T | undefined {
    return this.#blocks.at(-1)?.at(-1)
  }

  /** The first accepted item in order. */
  find(accepts: (item: T) => boolean): T | undefined {
    for (const block of this.#blocks) for (const item of block) if (accepts(item)) return item
    return undefined
  }

  /** The first accepted item after `probe`. `probe` need not be in the set. */
  findAfter(probe: T, accepts: (item: T) => boolean): T | undefined {
    for (let at = this.#blockFor(probe); at < this.#blocks.length; at += 1)
      for (const item of this.#blocks[at] ?? []) if (this.compare(item, probe) > 0 && accepts(item)) return item
    return undefined
  }

  /** The first accepted item up to and including `probe`. */
  findUpTo(probe: T, accepts: (item: T) => boolean): T | undefined {
    const last = this.#blockFor(probe)
    for (let at = 0; at <= last; at += 1)
      for (const item of this.#blocks[at] ?? []) {
        if (this.compare(item, probe) > 0) return undefined
        if (accepts(item)) return item
      }
    return undefined
  }

  /** How many items come before this one. */
  rank(item: T): number {
    const at = this.#blockFor(item)
    let before = 0
    for (const block of this.#blocks.slice(0, at)) before += block.length
    return before + this.#firstNotBefore(this.#blocks[at] ?? [], item)
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const block of this.#blocks) yield* block
  }

  /** The last block that starts at or before the item, or 0 if there is none. */
  #blockFor(item: T): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      const head = this.#blocks[middle]?.[0]
      if (head !== undefined && this.compare(head, item) <= 0) low = middle
      else high = middle - 1
    }
    return low
  }

  #firstNotBefore(block: readonly T[], item: T): number {
    let low = 0
    let high = block.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = block[middle]
      if (found !== undefined && this.compare(found, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
