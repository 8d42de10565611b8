import { writeRtpHeader, type RtpPacket } from '../rtp/rtp.js'

/** Where we begin to count, at random (RFC 3550 §5.1). */
export interface Beginning {
  readonly ssrc: number
  /** 15 bits, so that whoever misses the first packets does not miscount the turns of the wheel (RFC 3711 §3.3.1). */
  readonly sequence: number
  readonly timestamp: number
}

const samplesPerMs = 8
const wheel = 2 ** 16
/** A jump of the sequence by more is a source that began anew (RFC 3550 A.1). */
const longestJump = 3000

/**
 * Makes one source of all that comes, one after another: music, then an agent's phone. A browser hears one stream whose numbers go on, whoever
 * sends; the gaps and disorder within one source stay as they are.
 */
export class Continuity {
  #source: number | undefined
  /** Of the source's last packet that was not late. */
  #theirs = 0
  /** Sequence number that we gave it, counted on over each turn of the wheel. */
  #ours: number
  /** Index of the source's first packet: lower ones belong to the source before it. */
  #begun: number
  #sent = false
  #timestamp: number
  /** Added to the source's timestamps. */
  #shift = 0
  #at = 0

  constructor(private readonly beginning: Beginning) {
    this.#ours = beginning.sequence
    this.#begun = beginning.sequence
    this.#timestamp = beginning.timestamp
  }

  /** The timestamp of that moment, in milliseconds like `next`'s. */
  timestampAt(now: number): number {
    return (this.#timestamp + Math.round((now - this.#at) * samplesPerMs)) >>> 0
  }

  /**
   * Writes our header in place of the first twelve bytes, and gives the packet's index. Undefined: the packet is from before its source's first
   * one. Its index may have been sent with a packet of the source before, and SRTP must not use an index twice (RFC 3711 §9.1).
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
    // What it says of padding, extension and contributing sources still holds.
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
