import { instant, wallTime, type Instant, type Millis, type WallTime } from './time.js'

/** A running timer. `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Everything that waits is given one; tests give sinon's. */
export interface Clock {
  /** The process's own time: what the wall clock showed at the start, and what has passed since. Never steps, never goes back. */
  now(): Instant
  /** How far the wall clock is ahead of `now`, in milliseconds: 0 until somebody sets the machine's clock, then the same until the next time. */
  wallOffset(): number
  /** Milliseconds with fractions that never go back, for measuring how long something took. Its zero means nothing. */
  monotonic(): number
  /** Runs once, `delay` from now; at the next turn of the event loop when the delay is zero. */
  after(delay: Millis, run: () => void): Timer
}

type WallClock = Pick<Clock, 'now' | 'wallOffset'>

/** What the wall clock shows now. */
export const wallNow = (clock: WallClock): WallTime => wallTime(clock.now() + clock.wallOffset())
/** A moment of the process's time as people read it now: after the wall clock was set right, by the right clock. */
export const toWall = (clock: WallClock, at: Instant): WallTime => wallTime(at + clock.wallOffset())
export const fromWall = (clock: WallClock, at: WallTime): Instant => instant(at - clock.wallOffset())

/** The wall clock differs by more than this from what it should show: it was set. Less is the jitter of reading two clocks. In ms. */
const leastStep = 500

/** The machine's clocks. Timers are looked up at each use, so that sinon's fake timers take effect. */
export class MachineClock implements Clock {
  /** `Date.now()` when `performance.now()` was 0. */
  readonly #anchor = Date.now() - performance.now()
  #offset = 0

  now(): Instant {
    return instant(Math.floor(this.#anchor + performance.now()))
  }

  wallOffset(): number {
    const offset = Date.now() - this.now()
    if (Math.abs(offset - this.#offset) > leastStep) this.#offset = offset
    return this.#offset
  }

  monotonic(): number {
    return performance.now()
  }

  after(delay: Millis, run: () => void): Timer {
    const handle = setTimeout(run, delay)
    return { cancel: () => clearTimeout(handle) }
  }
}

export const systemClock: Clock = new MachineClock()

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
