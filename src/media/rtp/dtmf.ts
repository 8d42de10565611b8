import type { Digit } from '../port.js'
import { ahead, type RtpPacket } from './rtp.js'

const keys: readonly (Digit | undefined)[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']
const payloadSize = 4
/** The longest duration of one event, in timestamp units. A longer press continues as a new event (RFC 4733 §2.5.1.3). */
const longest = 0xffff
/** Packets out of order are at most this far apart. A sequence number further behind starts again. */
const mostBehind = 100
/** The end of an event is sent in three consecutive packets (RFC 4733 §2.5.1.4). The one in the middle may be lost. */
const endsApart = 2
/** The events that we know: keys, A to D, and flash. */
const lastEvent = 16

interface Packet {
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
  readonly marker: boolean
  readonly event: number
  readonly duration: number
  readonly ended: boolean
}

/**
 * Reports each key press once, at its first packet. Sequence numbers show whether a packet is late, because some phones' event
 * timestamps decrease, stay the same over several presses, or grow within one. For packets in order, the timestamp identifies the
 * event (RFC 4733 §2.5).
 */
export class DigitDetector {
  #last: Packet | undefined

  /** Handles a packet of the negotiated payload type. Returns the key if it is the first packet of its press. */
  heard({ ssrc, sequence, timestamp, marker, from, to }: RtpPacket, bytes: Buffer): Digit | undefined {
    if (to - from < payloadSize) return undefined
    const ended = bytes.readUInt8(from + 1) >= 0x80
    const packet = {
      ssrc,
      sequence,
      timestamp,
      marker,
      event: bytes.readUInt8(from),
      duration: bytes.readUInt16BE(from + 2),
      ended,
    }
    const last = this.#last
    if (last && isLate(packet, last)) return undefined
    this.#last = packet
    return last && isSamePress(packet, last) ? undefined : keys[packet.event]
  }
}

/** Whether a payload can be an event (RFC 4733 §2.3): four bytes, a known event, and the reserved bit 0. */
export function looksLikeEvent({ payloadType, from, to }: RtpPacket, bytes: Buffer): boolean {
  if (payloadType < 96 || to - from !== payloadSize) return false
  return bytes.readUInt8(from) <= lastEvent && (bytes.readUInt8(from + 1) & 0x40) === 0
}

/** Whether the packet was sent before the last one that came, or is a copy of it. */
function isLate({ ssrc, sequence }: Packet, last: Packet): boolean {
  const behind = (last.sequence - sequence) & 0xffff
  return ssrc === last.ssrc && behind <= mostBehind
}

function isSamePress(packet: Packet, last: Packet): boolean {
  if (packet.ssrc !== last.ssrc || packet.event !== last.event) return false
  if (last.ended) return isEndAgain(packet, last)
  const step = ahead(packet.timestamp, last.timestamp)
  if (step === 0) return packet.duration >= last.duration
  // A segment of a very long press, or a phone whose timestamps grow with the duration.
  return step === longest || (step > 0 && !packet.marker && packet.duration >= last.duration)
}

/** Whether the packet repeats the end of the last event, which is sent three times. */
function isEndAgain(packet: Packet, last: Packet): boolean {
  if (!packet.ended || packet.duration < last.duration) return false
  return packet.timestamp === last.timestamp || ((packet.sequence - last.sequence) & 0xffff) <= endsApart
}
