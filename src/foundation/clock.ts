import { instant, wallTime, type Instant, type Millis, type WallTime } from './time.js'

/** A running timer. `cancel` does nothing after it has fired. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Everything that waits gets one; tests pass sinon's fake timers. */
export interface Clock {
  /** The process's own time: the wall clock at the start plus the time since then. It never jumps and never goes back. */
  now(): Instant
  /** How far the wall clock is ahead of `now`, in milliseconds. 0 until somebody sets the machine's clock. */
  wallOffset(): number
  /** For measuring durations: milliseconds with fractions that never go back. Its zero has no meaning. */
  monotonic(): number
  /** Runs `run` once after `delay`. A zero delay runs it in the next turn of the event loop. */
  after(delay: Millis, run: () => void): Timer
}

type WallClock = Pick<Clock, 'now' | 'wallOffset'>

/** What the wall clock shows now. */
export const wallNow = (clock: WallClock): WallTime => wallTime(clock.now() + clock.wallOffset())
/**
 * A moment of the process's time in wall-clock time. If the wall clock was corrected meanwhile, the result follows the corrected
 * clock.
 */
export const toWall = (clock: WallClock, at: Instant): WallTime => wallTime(at + clock.wallOffset())
export const fromWall = (clock: WallClock, at: WallTime): Instant => instant(at - clock.wallOffset())

/**
 * If the wall clock differs from its expected value by more than this (ms), it was set. Less is jitter between two clock reads.
 */
const leastStep = 500

/** The machine's clocks. Timer functions are looked up on each use, so that sinon's fake timers take effect. */
export class MachineClock implements Clock {
  /** The value of `Date.now()` when `performance.now()` was 0. */
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
    return new MachineTimer(setTimeout(run, delay))
  }
}

/** A class and not a closure, which would take twice the memory. A call has about ten timers. */
class MachineTimer implements Timer {
  constructor(private readonly handle: NodeJS.Timeout) {}

  cancel(): void {
    clearTimeout(this.handle)
  }
}

export const systemClock: Clock = new MachineClock()

/** Named timers with one owner. Starting a name again replaces its timer. `stopAll` runs when the owner ends. */
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
