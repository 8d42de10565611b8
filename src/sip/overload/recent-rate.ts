/** In ms. */
const slotMs = 100
const slots = 10

/** Counts events in slots of 100 ms, and tells how many came in the last second. */
export class RecentRate {
  readonly #counts = new Array<number>(slots).fill(0)
  #slot = 0

  count(now: number): void {
    this.#turn(now)
    const index = this.#slot % slots
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
  }

  at(now: number): number {
    this.#turn(now)
    return this.#counts.reduce((sum, each) => sum + each, 0)
  }

  #turn(now: number): void {
    const slot = Math.floor(now / slotMs)
    for (let each = Math.max(this.#slot + 1, slot - slots + 1); each <= slot; each += 1) this.#counts[each % slots] = 0
    this.#slot = Math.max(this.#slot, slot)
  }
}
