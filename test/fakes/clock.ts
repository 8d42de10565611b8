import type { Clock, Timer } from '../../src/foundation/clock.js'
import { instant, type Millis } from '../../src/foundation/time.js'

interface Waiting {
  readonly due: number
  readonly order: number
  readonly run: () => void
}

/** A clock that moves only when the test says so. */
export class FakeClock implements Clock {
  #now: number
  /** How far the wall clock is ahead. */
  #off = 0
  #order = 0
  readonly #waiting = new Set<Waiting>()

  constructor(start = 1_800_000_000_000) {
    this.#now = start
  }

  now = (): ReturnType<Clock['now']> => instant(this.#now)
  wallOffset = (): number => this.#off
  monotonic = (): number => this.#now

  after(delay: Millis, run: () => void): Timer {
    const waiting = { due: this.#now + delay, order: (this.#order += 1), run }
    this.#waiting.add(waiting)
    return { cancel: () => void this.#waiting.delete(waiting) }
  }

  /** The waiting process is gone. The time of the next process starts at the wall clock's. */
  forget(): void {
    this.#waiting.clear()
    this.#now += this.#off
    this.#off = 0
  }

  /** The number of running timers. */
  get size(): number {
    return this.#waiting.size
  }

  /** Changes the wall clock, forward or back. */
  turn(ms: number): void {
    this.#off += ms
  }

  /** Advances by this many milliseconds and runs the timers that become due, in order. */
  pass(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#waiting.delete(next)
      this.#now = Math.max(this.#now, next.due)
      next.run()
    }
    this.#now = end
  }

  #next(end: number): Waiting | undefined {
    let first: Waiting | undefined
    for (const each of this.#waiting) {
      if (each.due > end) continue
      if (!first || each.due < first.due || (each.due === first.due && each.order < first.order)) first = each
    }
    return first
  }
}
