import type { Digit } from '../port.js'
import { ahead, type RtpPacket } from './rtp.js'

const keys: readonly (Digit | undefined)[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#']
const payloadSize = 4
/** A press longer than the duration can say goes on as another event (RFC 4733 §2.5.1.3). */
const longest = 0xffff
/** Packets that overtake each other are so far apart at most; a sequence number further behind begins again. */
const mostBehind = 100
/** The three packets of an end follow each other; one may be lost between two. */
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
 * Tells each key press once, at its first packet. Lateness is judged by sequence numbers, as some phones' event timestamps fall, stand still over
 * several presses, or grow within one; where packets are in order, an event is known by its timestamp (RFC 4733 §2.5).
 */
export class DigitDetector {
  #last: Packet | undefined

  /** A packet of the payload type negotiated; the key if it is the first of its press. */
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

/** Sent before the last one that came, or the same again. */
function isLate({ ssrc, sequence }: Packet, last: Packet): boolean {
  const behind = (last.sequence - sequence) & 0xffff
  return ssrc === last.ssrc && behind <= mostBehind
}

function isSamePress(packet: Packet, last: Packet): boolean {
  if (packet.ssrc !== last.ssrc || packet.event !== last.event) return false
  if (last.ended) return isEndAgain(packet, last)
  const step = ahead(packet.timestamp, last.timestamp)
  if (step === 0) return packet.duration >= last.duration
  // A segment of a very long press; or the timestamp of a phone that lets it grow with the duration.
  return step === longest || (step > 0 && !packet.marker && packet.duration >= last.duration)
}

/** An end is sent three times. */
function isEndAgain(packet: Packet, last: Packet): boolean {
  if (!packet.ended || packet.duration < last.duration) return false
  return packet.timestamp === last.timestamp || ((packet.sequence - last.sequence) & 0xffff) <= endsApart
}
