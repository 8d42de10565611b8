import { instant, type Instant, type Millis } from './time.js'

/** A running timer. `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Everything that waits is given one; tests give sinon's. */
export interface Clock {
  now(): Instant
  /** Milliseconds with fractions that never go back, for measuring how long something took. Its zero means nothing. */
  monotonic(): number
  /** Runs once, `delay` from now; at the next turn of the event loop when the delay is zero. */
  after(delay: Millis, run: () => void): Timer
}

/** The machine's clock. Its timers are looked up at each use, so that sinon's fake timers take effect. */
export const systemClock: Clock = {
  now: () => instant(Date.now()),
  monotonic: () => performance.now(),
  after(delay, run) {
    const handle = setTimeout(run, delay)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Named timers with one owner: starting a name again replaces it, and the owner's end stops them all. */
export class TimerSet<Name extends string | number> {
  readonly #running = new Map<Name, Timer>()

  constructor(private readonly clock: Clock) {}

  start(name: Name, delay: Millis, run: () => void): void {
    this.stop(name)
    const timer = this.clock.after(delay, () => {
      this.#running.delete(name)
      run()
    })
    this.#running.set(name, timer)
  }

  stop(name: Name): void {
    this.#running.get(name)?.cancel()
    this.#running.delete(name)
  }

  stopAll(): void {
    for (const timer of this.#running.values()) timer.cancel()
    this.#running.clear()
  }

  get size(): number {
    return this.#running.size
  }
}
