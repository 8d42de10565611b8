import type { Clock, Timer } from '../../../../src/foundation/clock.js'
import { instant, type Millis } from '../../../../src/foundation/time.js'

interface Waiting {
  readonly due: number
  readonly order: number
  readonly run: () => void
}

/** A clock that moves only when the test says so. Timers run in the order in which they are due. */
export class FakeClock implements Clock {
  #now = 0
  #started = 0
  #waiting: Waiting[] = []

  now = (): ReturnType<Clock['now']> => instant(1_700_000_000_000 + Math.floor(this.#now))
  wallOffset = (): number => 0
  monotonic = (): number => this.#now

  after(delay: Millis, run: () => void): Timer {
    const waiting = { due: this.#now + delay, order: ++this.#started, run }
    // Insertion from the end, because most timers are due later than those before them.
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1]?.due ?? 0) > waiting.due) at--
    this.#waiting.splice(at, 0, waiting)
    return { cancel: () => void (this.#waiting = this.#waiting.filter(other => other !== waiting)) }
  }

  /** The number of running timers. */
  get size(): number {
    return this.#waiting.length
  }

  /** Advances the time by `ms`. */
  pass(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#waiting[0]; next && next.due <= until; next = this.#waiting[0]) {
      this.#waiting.shift()
      this.#now = Math.max(this.#now, next.due)
      next.run()
    }
    this.#now = until
  }
}
