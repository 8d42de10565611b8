import type { Digit } from '../port.js'
import { ahead, type RtpPacket } from './rtp.js'

const keys: readonly (Digit | undefined)[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']
const payloadSize = 4
/** A press longer than the duration can say goes on as another event (RFC 4733 §2.5.1.3). */
const longest = 0xffff

interface Press {
  readonly ssrc: number
  readonly timestamp: number
  readonly event: number
  readonly ended: boolean
}

/**
 * Tells each key press once, at its first packet: an event is known by its timestamp, so that updates, the three end packets, and the end's
 * loss change nothing (RFC 4733 §2.5).
 */
export class DigitDetector {
  #last: Press | undefined

  /** A packet of the payload type negotiated; the key if it is the first of its press. */
  heard({ ssrc, timestamp, from, to }: RtpPacket, bytes: Buffer): Digit | undefined {
    if (to - from < payloadSize) return undefined
    const press = { ssrc, timestamp, event: bytes.readUInt8(from), ended: bytes.readUInt8(from + 1) >= 0x80 }
    const last = this.#last?.ssrc === ssrc ? this.#last : undefined
    this.#last = press
    if (!last) return keys[press.event]
    const step = ahead(timestamp, last.timestamp)
    // An update of the same, or late, from a press before.
    if (step <= 0) {
      this.#last = step === 0 && press.ended ? press : last
      return undefined
    }
    return step === longest && !last.ended && last.event === press.event ? undefined : keys[press.event]
  }
}
