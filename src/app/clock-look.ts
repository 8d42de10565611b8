import type { Clock, Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'

/** How often the wall clock is compared with the elapsed time, in addition to each event. */
const lookAfter = seconds(1)

/** Compares the clocks regularly, because somebody may set the machine's clock while no call arrives. */
export class ClockLook {
  #timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly look: () => void,
  ) {}

  start(): void {
    this.look()
    this.#timer = this.clock.after(lookAfter, () => this.start())
  }

  stop(): void {
    this.#timer?.cancel()
  }
}
