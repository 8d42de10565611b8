import type { RtpPacket } from '../rtp/rtp.js'
import { lawOfType, toSample } from './linear.js'

export const samplesPerMs = 8
/** In samples: about a second. */
const window = 8_192
/** In samples. Sound is heard 60 ms after it came, so that packets may come late and in disorder. */
export const patience = 480
/** In samples. A packet that is further ahead of its time gets a new place. */
const mostEarly = 800
/** In samples: 60 ms, the longest frame that we agree to. Longer packets are ignored. */
const longest = 480

interface Source {
  readonly ssrc: number
  /** Added to its timestamps, modulo 2^32, gives its place. */
  readonly shift: number
}

/**
 * The last second of what one person in a talk says. Packets are placed by their timestamps. Places count samples since the media thread
 * started.
 */
export class Voice {
  readonly #samples = new Int16Array(window)
  /** The place after the last sample. */
  #end = 0
  #source: Source | undefined

  /** Times are milliseconds of the media thread. */
  hear(packet: RtpPacket, bytes: Uint8Array, now: number): void {
    const law = lawOfType(packet.payloadType)
    const size = packet.to - packet.from
    if (!law || size > longest) return
    const place = this.#placeOf(packet, Math.round(now * samplesPerMs))
    this.#clearUpTo(place + size)
    for (let index = 0; index < size; index += 1) {
      const at = place + index
      if (at >= this.#end - window) this.#samples[at % window] = toSample(law, bytes[packet.from + index] ?? 0)
    }
  }

  /** Whether anything was said in this stretch. */
  speaks(from: number, size: number): boolean {
    return from < this.#end && from + size > this.#end - window
  }

  /** The sample at a place. Where nothing came it is 0. */
  at(place: number): number {
    return place < this.#end && place >= this.#end - window ? (this.#samples[place % window] ?? 0) : 0
  }

  #placeOf({ ssrc, timestamp }: RtpPacket, at: number): number {
    const known = this.#source
    if (known?.ssrc === ssrc) {
      const late = (at - timestamp - known.shift) | 0
      if (late <= patience && late >= -mostEarly && at - late >= 0) return at - late
    }
    this.#source = { ssrc, shift: (at - timestamp) >>> 0 }
    return at
  }

  #clearUpTo(end: number): void {
    if (end <= this.#end) return
    for (let place = Math.max(this.#end, end - window); place < end; place += 1) this.#samples[place % window] = 0
    this.#end = end
  }
}
