import { Latch } from '../builtin/latch.js'
import { mostUnproven, unprovenMs } from '../builtin/rtp-stream.js'
import type { Endpoint } from '../sdp.js'

/**
 * Where the sound of a gateway's browser goes. Only to where somebody is known to want it, as with the sound that we make
 * (docs/decisions/023). All times are milliseconds since the process began.
 */
export class PlainSide {
  #rtp: Latch | undefined
  #rtcp: Latch | undefined
  /** Until then sound goes to a place that has not proven that it wants it. */
  #unprovenUntil = 0
  #unproven = 0

  /** `isKnown`: the address need not prove anything. */
  goTo(rtp: Endpoint, isKnown: boolean, now: number): void {
    if (this.#rtp?.follows(rtp) === true) return
    if (this.#unproven < mostUnproven && (!this.#rtp || this.#isProven)) {
      this.#unproven += 1
      this.#unprovenUntil = now + unprovenMs
    }
    const vouching = { known: isKnown }
    this.#rtp = new Latch(rtp, vouching)
    this.#rtcp = new Latch({ address: rtp.address, port: rtp.port + 1 }, vouching)
  }

  /** Whether sound that comes from there counts. */
  admits(source: Endpoint): boolean {
    return this.#rtp?.admits(source, this.#rtcp) === true
  }

  /** RTCP came from there. */
  reported(source: Endpoint): void {
    this.#rtcp?.admits(source, this.#rtp)
  }

  /** Undefined: nothing may go there. */
  targetAt(now: number): Endpoint | undefined {
    return now < this.#unprovenUntil || this.#isProven ? this.#rtp?.target : undefined
  }

  get #isProven(): boolean {
    return this.#rtp !== undefined && this.#rtcp !== undefined && this.#rtp.provenWith(this.#rtcp)
  }
}
