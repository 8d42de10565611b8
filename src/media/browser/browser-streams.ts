import type { Instant } from '../../foundation/time.js'
import { Receiver } from '../rtp/receiver.js'
import { writeRtcp } from '../rtp/rtcp.js'
import type { RtpPacket } from '../rtp/rtp.js'
import { Continuity } from '../rtp/continuity.js'
import type { Beginning } from './messages.js'

const reportEveryMs = 5000

/** The streams to and from the browser, and what our reports say about them (RFC 3550 §6.4). Times are in milliseconds. */
export class BrowserStreams {
  /** Replaced with each key, because a new key starts with rollover counter 0 (RFC 3711 §3.3.1). */
  #continuity: Continuity
  #sent = { packets: 0, octets: 0 }
  readonly #receiver = new Receiver()
  #reportAt = 0

  constructor(private readonly beginning: Beginning) {
    this.#continuity = new Continuity(beginning)
  }

  /** There is a new key, so our stream starts again. */
  restart(): void {
    this.#continuity = new Continuity(this.beginning)
    this.#sent = { packets: 0, octets: 0 }
  }

  /** Gives a packet the next number of our stream. Returns its index, or undefined if it can't be sent (see `Continuity`). */
  number(packet: RtpPacket, bytes: Buffer, now: number): number | undefined {
    return this.#continuity.next(packet, bytes, now)
  }

  sent(packet: RtpPacket): void {
    this.#sent.packets += 1
    this.#sent.octets += packet.to - packet.from
  }

  heard(packet: RtpPacket, now: number): void {
    this.#receiver.heard(packet, now, false)
  }

  /** A sender report came, with the middle 32 bits of its NTP time. */
  reported(middle: number, now: number): void {
    this.#receiver.reported(middle, now)
  }

  /** Whether our next report is due. If it is, the time of the following report is set. */
  reportIsDue(now: number): boolean {
    if (now < this.#reportAt) return false
    this.#reportAt = now + reportEveryMs
    return true
  }

  /** Our report as an RTCP packet. `bye`: our stream ends. */
  report(now: number, at: Instant, bye: boolean): Buffer {
    const { ssrc, cname } = this.beginning
    const sent = this.#sent.packets === 0 ? undefined : { at, timestamp: this.#continuity.timestampAt(now), ...this.#sent }
    return writeRtcp({ ssrc, cname, sent, block: this.#receiver.block(now), bye })
  }
}
