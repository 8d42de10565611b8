import { writeRtpHeader, type RtpPacket } from './rtp.js'

/** Random start values (RFC 3550 §5.1). */
export interface Beginning {
  readonly ssrc: number
  /** 15 bits, so that a receiver who misses the first packets does not miscount the rollovers (RFC 3711 §3.3.1). */
  readonly sequence: number
  readonly timestamp: number
}

const samplesPerMs = 8
const wheel = 2 ** 16
/** A larger jump in the sequence means that the source started again (RFC 3550 A.1). */
const longestJump = 3000

/**
 * Turns consecutive sources, such as music and then an agent's phone, into one. The receiver hears one stream with continuous
 * numbers, although the sources change. Gaps and disorder within a source stay as they are.
 */
export class Continuity {
  #source: number | undefined
  /** The sequence number of the source's newest packet. */
  #theirs = 0
  /** The sequence number that we gave to that packet, extended over rollovers. */
  #ours: number
  /** The index of the source's first packet. Lower indexes belong to the previous source. */
  #begun: number
  #sent = false
  #timestamp: number
  /** Added to the source's timestamps. */
  #shift = 0
  /** When the last packet was sent, in ms. */
  #at = 0

  constructor(private readonly beginning: Beginning) {
    this.#ours = beginning.sequence
    this.#begun = beginning.sequence
    this.#timestamp = beginning.timestamp
  }

  /** The RTP timestamp for the moment `now` (milliseconds, the same clock as in `next`). */
  timestampAt(now: number): number {
    return (this.#timestamp + Math.round((now - this.#at) * samplesPerMs)) >>> 0
  }

  /**
   * Writes our header over the first twelve bytes and returns the packet's index. Undefined: the packet is older than its
   * source's first one. Its index may already belong to a packet of the previous source, and SRTP must not use an index twice
   * (RFC 3711 §9.1).
   */
  next(packet: RtpPacket, into: Buffer, now: number): number | undefined {
    const step = ((packet.sequence - this.#theirs + wheel + wheel / 2) % wheel) - wheel / 2
    const isNew = packet.ssrc !== this.#source || Math.abs(step) > longestJump
    if (isNew) this.#begin(packet, now)
    const index = isNew ? this.#ours : this.#ours + step
    if (index < this.#begun) return undefined
    const timestamp = (packet.timestamp + this.#shift) >>> 0
    if (isNew || step > 0) {
      this.#theirs = packet.sequence
      this.#ours = index
      this.#timestamp = timestamp
      this.#at = now
    }
    const [first = 0] = into
    writeRtpHeader(into, {
      marker: packet.marker || isNew,
      payloadType: packet.payloadType,
      sequence: index % wheel,
      timestamp,
      ssrc: this.beginning.ssrc,
    })
    // The flags for padding, extension and contributing sources stay valid.
    into[0] = first
    return index
  }

  #begin({ ssrc, timestamp }: RtpPacket, now: number): void {
    this.#source = ssrc
    if (this.#sent) this.#ours += 1
    this.#begun = this.#ours
    this.#shift = ((this.#sent ? this.timestampAt(now) : this.#timestamp) - timestamp) >>> 0
    this.#sent = true
  }
}
