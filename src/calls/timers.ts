import { TimerSet, type Clock } from '../foundation/clock.js'
import type { Millis } from '../foundation/time.js'
import type { TimerId } from '../routing/index.js'

/** The core's timers on the clock: startTimer and cancelTimer lead to timerFired. */
export class CoreTimers {
  readonly #running: TimerSet<TimerId>

  constructor(
    clock: Clock,
    private readonly fired: (timer: TimerId) => void,
  ) {
    this.#running = new TimerSet(clock)
  }

  start(timer: TimerId, after: Millis): void {
    this.#running.start(timer, after, () => this.fired(timer))
  }

  cancel(timer: TimerId): void {
    this.#running.stop(timer)
  }

  stopAll(): void {
    this.#running.stopAll()
  }

  get size(): number {
    return this.#running.size
  }
}
