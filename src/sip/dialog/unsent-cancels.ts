import type { Clock, Timer } from '../../foundation/clock.js'
import { millis } from '../../foundation/time.js'

/** T1 (RFC 3261 §17.1.1.1), in which most phones say something: an INVITE waits no longer for the CANCEL of another. */
const patience = millis(500)

/** INVITEs that wait for one place, first come first sent, and how many CANCELs are not out. */
interface Place {
  unsent: number
  readonly waiting: Set<() => void>
}

/**
 * A CANCEL may only go out after a provisional response (RFC 3261 §9.1). Until then a phone believes that the call is still offered: a phone with
 * one line would answer the next INVITE with 486. So the next INVITE to the same place goes out behind the CANCEL (docs/decisions/060).
 */
export class UnsentCancels {
  readonly #places = new Map<string, Place>()

  constructor(private readonly clock: Clock) {}

  /** A CANCEL to that place waits, until the returned function is called once. */
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

  /** Runs `send` now, or when no CANCEL to that place waits any more, after T1 at the latest. Gives what waits, if anything does. */
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
