import type { Clock, Timer } from '../../foundation/clock.js'
import { millis } from '../../foundation/time.js'

/** The longest time that an INVITE waits for another INVITE's CANCEL: T1 (RFC 3261 §17.1.1.1), within which most phones respond. */
const patience = millis(500)

/** The INVITEs that wait for one target, in their order, and the number of CANCELs to it that are not sent yet. */
interface Place {
  unsent: number
  readonly waiting: Set<() => void>
}

/**
 * A CANCEL may be sent only after a provisional response (RFC 3261 §9.1). Until then the phone still has the old call, and a phone with
 * one line would answer the next INVITE with 486. So the next INVITE to the same target is sent after the CANCEL (docs/decisions/060).
 */
export class UnsentCancels {
  readonly #places = new Map<string, Place>()

  constructor(private readonly clock: Clock) {}

  /** Notes that a CANCEL to that target is not sent yet. Call the returned function once, when it is sent. */
  add(name: string): () => void {
    const place = this.#places.get(name) ?? { unsent: 0, waiting: new Set() }
    this.#places.set(name, place)
    place.unsent += 1
    return () => {
      place.unsent -= 1
      if (place.unsent > 0) return
      this.#places.delete(name)
      for (const send of [...place.waiting]) send()
    }
  }

  /** Runs `send` now, or once no CANCEL to that target waits, after T1 at the latest. Returns the timer that waits, if any. */
  whenSent(name: string, send: () => void): Timer | undefined {
    const place = this.#places.get(name)
    if (!place) {
      send()
      return undefined
    }
    const stop = (): void => {
      timer.cancel()
      place.waiting.delete(sendOnce)
    }
    const sendOnce = (): void => {
      stop()
      send()
    }
    const timer = this.clock.after(patience, sendOnce)
    place.waiting.add(sendOnce)
    return { cancel: stop }
  }
}
