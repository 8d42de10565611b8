import type { Instant } from '../foundation/time.js'

/** Answered within this counts as good service: the usual 80/20 rule's 20 s. */
const goodWithin = 20_000
/** The ratio is of waits that ended in the last fifteen minutes, in slots of one minute. */
const slotLength = 60_000
const slots = 15

/**
 * Per queue: waits answered within 20 s, of all waits that ended in the last 15 minutes but those moved to another queue.
 * Callers who hung up count as not answered, however soon they did. No ratio while no wait ended.
 */
export class ServiceLevel {
  readonly #queues = new Map<string, Window>()

  ended(queue: string, at: Instant, answered: boolean, waited: number): void {
    let window = this.#queues.get(queue)
    if (!window) this.#queues.set(queue, (window = new Window()))
    window.add(Math.floor(at / slotLength), answered && waited <= goodWithin)
  }

  /** Queues in whose window nothing is left are forgotten. */
  *ratios(now: Instant): IterableIterator<readonly [queue: string, ratio: number]> {
    for (const [queue, window] of this.#queues) {
      const ratio = window.ratio(Math.floor(now / slotLength))
      if (ratio === undefined) this.#queues.delete(queue)
      else yield [queue, ratio]
    }
  }
}

/** A ring of slots, each good only for the minute that it was last written in. */
class Window {
  readonly #minutes = new Float64Array(slots).fill(-1)
  readonly #good = new Float64Array(slots)
  readonly #all = new Float64Array(slots)

  add(minute: number, good: boolean): void {
    const slot = minute % slots
    if (this.#minutes[slot] !== minute) {
      this.#minutes[slot] = minute
      this.#good[slot] = 0
      this.#all[slot] = 0
    }
    this.#all[slot] = (this.#all[slot] ?? 0) + 1
    if (good) this.#good[slot] = (this.#good[slot] ?? 0) + 1
  }

  ratio(minute: number): number | undefined {
    let good = 0
    let all = 0
    for (const [slot, written] of this.#minutes.entries()) {
      if (written <= minute - slots || written > minute) continue
      good += this.#good[slot] ?? 0
      all += this.#all[slot] ?? 0
    }
    return all === 0 ? undefined : good / all
  }
}
