import { unspecified, type Endpoint } from '../sdp.js'
import { FirstSeconds, type Grant } from './first-seconds.js'
import { Latch, type Vouched } from './latch.js'

/** Where sound and reports go according to a description. */
interface Described {
  readonly rtp: Endpoint
  readonly rtcp: Endpoint
}

/**
 * How long sound goes to an address from which nothing has come. A phone's first RTCP packet comes within 4 s (RFC 3550 §6.2).
 */
const unprovenMs = 5000
/** The most times that this time starts in a stream's life: for the first address, and for each address that replaces a proven one. */
const mostTurns = 4

/** Where the plain RTP and RTCP of one stream go, and whether they may (docs/decisions/023). Times are in milliseconds. */
export class SoundPlace {
  #rtp: Latch | undefined
  #rtcp: Latch | undefined
  /** Until this time, sound also goes to an address that has not proven that it wants it. */
  #until = 0
  #turns = 0
  #grant: Grant | undefined

  constructor(private readonly firstSeconds = new FirstSeconds()) {}

  /**
   * Uses the addresses of a new description. If they are the same, what was learnt about them stays valid. The old form of hold, which
   * names no address, also changes nothing (RFC 3264 §8.4).
   */
  goTo({ rtp, rtcp }: Described, vouched: Vouched, now: number): void {
    const [rtpStays, rtcpStays] = [this.#rtp?.follows(rtp) === true, this.#rtcp?.follows(rtcp) === true]
    if ((rtpStays && rtcpStays) || (this.#rtp && unspecified.has(rtp.address))) return
    const until = this.#nextUntil(now)
    if (!rtpStays) this.#rtp = new Latch(rtp, vouched.rtp)
    if (!rtcpStays) this.#rtcp = new Latch(rtcp, vouched.rtcp)
    this.#until = until > now && this.#isGranted(rtp.address, vouched, now) ? until : now
  }

  /** Where RTP goes. */
  get rtpTarget(): Endpoint | undefined {
    return this.#rtp?.target
  }

  get rtcpTarget(): Endpoint | undefined {
    return this.#rtcp?.target
  }

  /** Whether this is where RTP goes now. Changes nothing. */
  isFrom(source: Endpoint): boolean {
    return this.#rtp?.isAt(source) === true
  }

  /** Whether RTP from this source is accepted. */
  admitsRtp(source: Endpoint): boolean {
    return this.#rtp?.admits(source, this.#rtcp) === true
  }

  admitsRtcp(source: Endpoint): boolean {
    return this.#rtcp?.admits(source, this.#rtp) === true
  }

  /** Whether RTP and RTCP may go to their targets now. */
  mayGo(now: number): { readonly rtp: boolean; readonly rtcp: boolean } {
    const [rtp, rtcp] = [this.#rtp, this.#rtcp]
    if (!rtp || !rtcp) return { rtp: false, rtcp: false }
    const isEarly = now < this.#until
    const isProven = rtp.provenWith(rtcp)
    if (isProven && this.#grant) {
      this.#grant.prove()
      this.#grant = undefined
    }
    return { rtp: (isEarly && !rtp.isWithheld) || isProven, rtcp: (isEarly && !rtcp.isWithheld) || rtcp.provenWith(rtp) }
  }

  /** The end of the time for an unproven address. The time starts again only if the previous address was proven. Otherwise it goes on. */
  #nextUntil(now: number): number {
    const isFresh = !this.#rtp || !this.#rtcp || this.#rtp.provenWith(this.#rtcp)
    if (!isFresh) return this.#until
    if (this.#turns >= mostTurns) return now
    this.#turns += 1
    return now + unprovenMs
  }

  #isGranted(host: string, { rtp: { known, trusted, signaling, withheld } }: Vouched, now: number): boolean {
    if (withheld === true) return false
    if (known || trusted === true) return true
    this.#grant = this.firstSeconds.take({ host, source: signaling }, now)
    return this.#grant !== undefined
  }
}
