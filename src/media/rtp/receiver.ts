import type { RtpPacket } from './rtp.js'
import { ahead } from './rtp.js'

/** One report block (RFC 3550 §6.4.1). */
export interface ReportBlock {
  readonly ssrc: number
  /** The share of packets lost since the last report, in 1/256. */
  readonly fractionLost: number
  readonly lost: number
  readonly highest: number
  /** In timestamp units. */
  readonly jitter: number
  /**
   * The middle 32 bits of the last sender report's NTP time, and the time since it came in 1/65536 s. Both 0 before the first.
   */
  readonly lastReport: number
  readonly sinceLastReport: number
}

const sequences = 65_536
/** A sequence number this far ahead or behind means a new start (RFC 3550 A.1). */
const maxDropout = 3000
const maxMisorder = 100
/** Timestamps count samples, 8,000 in a second. */
const samplesPerMs = 8
/** The report has 24 bits with a sign for the number of lost packets. */
const mostLost = 0x7fffff

/** Reception statistics for one source, for the reports to its sender (RFC 3550 A.1, A.3, A.8). */
export class Receiver {
  #ssrc: number | undefined
  #base = 0
  #highest = 0
  #cycles = 0
  #received = 0
  #expectedBefore = 0
  #receivedBefore = 0
  #transit: number | undefined
  #jitter = 0
  #report: { readonly middle: number; readonly at: number } | undefined

  /**
   * A packet came at `at` (milliseconds). `still`: it is one of several packets with the same timestamp, such as those of one key
   * (RFC 4733), so it says nothing about jitter.
   */
  heard({ ssrc, sequence, timestamp }: RtpPacket, at: number, still: boolean): void {
    if (ssrc !== this.#ssrc) this.#begin(ssrc, sequence)
    else this.#count(sequence)
    this.#received += 1
    if (still) return
    const transit = (Math.round(at * samplesPerMs) - timestamp) | 0
    if (this.#transit !== undefined) this.#jitter += (Math.abs(ahead(transit, this.#transit)) - this.#jitter) / 16
    this.#transit = transit
  }

  /** A sender report came, with the middle 32 bits of its NTP time. */
  reported(middle: number, at: number): void {
    this.#report = { middle, at }
  }

  /** For our next report, which begins a new interval for `fractionLost`. Undefined before anything came. */
  block(at: number): ReportBlock | undefined {
    if (this.#ssrc === undefined) return undefined
    const expected = this.#cycles + this.#highest - this.#base + 1
    const interval = expected - this.#expectedBefore
    const missing = interval - (this.#received - this.#receivedBefore)
    this.#expectedBefore = expected
    this.#receivedBefore = this.#received
    return {
      ssrc: this.#ssrc,
      fractionLost: interval > 0 && missing > 0 ? Math.min(255, Math.floor((missing * 256) / interval)) : 0,
      lost: Math.max(-mostLost, Math.min(mostLost, expected - this.#received)),
      highest: (this.#cycles + this.#highest) >>> 0,
      jitter: Math.round(this.#jitter),
      lastReport: this.#report?.middle ?? 0,
      sinceLastReport: this.#report ? Math.round((at - this.#report.at) * 65.536) >>> 0 : 0,
    }
  }

  #begin(ssrc: number, sequence: number): void {
    if (ssrc !== this.#ssrc) this.#report = undefined
    this.#ssrc = ssrc
    this.#base = this.#highest = sequence
    this.#cycles = this.#received = this.#expectedBefore = this.#receivedBefore = this.#jitter = 0
    this.#transit = undefined
  }

  /** Updates the highest number. A number a little behind it belongs to a late packet and changes nothing. */
  #count(sequence: number): void {
    const step = (sequence - this.#highest + sequences) % sequences
    if (step < maxDropout) {
      if (sequence < this.#highest) this.#cycles += sequences
      this.#highest = sequence
    } else if (step <= sequences - maxMisorder && this.#ssrc !== undefined) this.#begin(this.#ssrc, sequence)
  }
}
