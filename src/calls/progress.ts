import type { Clock, Timer } from '../foundation/clock.js'
import { seconds } from '../foundation/time.js'
import type { InboundCall } from '../legs/answering.js'

/** A call's place in its queue: `position` from 1, among `waiting`. */
export interface QueuePlace {
  readonly position: number
  readonly waiting: number
}

/** Shorter than the 60 s after which a proxy may give up a call without responses (RFC 3261 §13.3.1.1). */
const refreshAfter = seconds(50)

/** After this time the caller gets ringback in any case, because a caller who hears nothing for long hangs up. */
const silentAtMost = seconds(4)

/** The provisional responses to a caller before the answer (docs/decisions/002). */
export class Progress {
  #rings = false
  #refresh: Timer | undefined

  constructor(
    private readonly inbound: InboundCall,
    private readonly clock: Clock,
    /** Undefined while the call does not wait in a queue. */
    private readonly place: () => QueuePlace | undefined,
  ) {
    // A phone that is off sends no 180, so the caller would hear nothing.
    this.#refresh = clock.after(silentAtMost, () => {
      this.ring()
      this.#refreshLater()
    })
  }

  /** Sends 180 once: when the first phone rings, when the call waits without music, or after `silentAtMost`. */
  ring(): void {
    if (this.#rings) return
    this.#rings = true
    this.inbound.progress(180)
  }

  /** No provisional response may follow a final one. */
  stop(): void {
    this.#rings = true
    this.#refresh?.cancel()
  }

  #refreshLater(): void {
    this.#refresh = this.clock.after(refreshAfter, () => {
      const place = this.place()
      if (place) this.inbound.progress(182, `Queued; position ${place.position} of ${place.waiting}`)
      else this.inbound.progress(180)
      this.#refreshLater()
    })
  }
}
