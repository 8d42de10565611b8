import type { RtpPacket } from '../rtp/rtp.js'
import { alaw, mulaw } from '../rtp/laws.js'
import type { Codec } from '../sdp.js'
import { samplesPerSecond, type Channel, type TapeSound } from './messages.js'

type Piece = Omit<TapeSound, 'kind' | 'call'>

const samplesPerMs = samplesPerSecond / 1000
/** In samples of each channel, a power of two: two seconds. */
const window = 16_384
/** In samples. Packets that come up to 300 ms late still find their place. */
const patience = 2_400
/** In samples. Pieces have about one second. */
const piece = 8_000
/** In samples. A source whose timestamps differ from our clock by more than 400 ms gets a new place. */
const mostDrift = 3_200

/** Silence in both laws (G.711). */
export const quiet: Readonly<Record<Codec, number>> = { pcmu: 0xff, pcma: 0xd5 }
/** The laws by their static payload type (RFC 3551 §6). */
const lawOf: Readonly<Record<number, Codec | undefined>> = { 0: 'pcmu', 8: 'pcma' }

const every = Uint8Array.from({ length: 256 }, (_, value) => value)
/** For each byte of the other law: the byte of this law. */
const fromOther: Readonly<Record<Codec, Uint8Array>> = {
  pcmu: mulaw.encode(alaw.decode(every)),
  pcma: alaw.encode(mulaw.decode(every)),
}

/** Turns sound of one law into the other, in place. */
export function toLaw(law: Codec, bytes: Uint8Array): void {
  const table = fromOther[law]
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = table[bytes[index] ?? 0] ?? 0
}

interface Source {
  readonly ssrc: number
  /** Added to its timestamps, modulo 2^32, gives its place in samples. */
  readonly shift: number
}

/**
 * The sound of one part of a recording while it arrives. Packets are placed by their timestamps, so jitter and disorder do not matter, and
 * what never came is silence. All times are milliseconds of the media thread.
 */
export class Tape {
  readonly #sound = new Uint8Array(2 * window).fill(quiet.pcmu)
  readonly #sources: [Source | undefined, Source | undefined] = [undefined, undefined]
  #law: Codec | undefined
  /** Samples that have left the window. */
  #left = 0

  constructor(private readonly begun: number) {}

  /** A packet of one side. Pieces that must leave first are given to `leave`. */
  hear(channel: Channel, packet: RtpPacket, bytes: Uint8Array, now: number, leave: (piece: Piece) => void): void {
    const law = lawOf[packet.payloadType]
    if (!law) return
    if (!this.#law) this.#speak(law)
    const place = this.#placeOf(channel, packet, now)
    const size = packet.to - packet.from
    while (place + size > this.#left + window) leave(this.#take(Math.min(piece, place + size - this.#left)))
    const table = law === this.#law ? undefined : fromOther[this.#law ?? law]
    for (let index = Math.max(0, this.#left - place); index < size; index += 1) {
      const byte = bytes[packet.from + index] ?? 0
      this.#sound[2 * ((place + index) % window) + channel] = table ? (table[byte] ?? byte) : byte
    }
  }

  /** The next piece, if there is enough. */
  due(now: number): Piece | undefined {
    const ready = this.#at(now) - patience - this.#left
    return ready >= piece ? this.#take(Math.min(ready, window)) : undefined
  }

  /** Everything up to now. */
  rest(now: number): Piece | undefined {
    const size = Math.min(this.#at(now) - this.#left, window)
    return size > 0 ? this.#take(size) : undefined
  }

  /** The first law that is heard becomes that of the tape. */
  #speak(law: Codec): void {
    this.#law = law
    this.#sound.fill(quiet[law])
  }

  #at(now: number): number {
    return Math.max(0, Math.round((now - this.begun) * samplesPerMs))
  }

  #placeOf(channel: Channel, { ssrc, timestamp }: RtpPacket, now: number): number {
    const at = this.#at(now)
    const known = this.#sources[channel]
    if (known?.ssrc === ssrc) {
      const place = (timestamp + known.shift) >>> 0
      if (Math.abs(place - at) <= mostDrift) return place
    }
    this.#sources[channel] = { ssrc, shift: (at - timestamp) >>> 0 }
    return at
  }

  #take(size: number): Piece {
    const bytes = new Uint8Array(2 * size)
    const silence = quiet[this.#law ?? 'pcmu']
    const begin = this.#left % window
    const first = Math.min(size, window - begin)
    for (const [from, count, to] of [
      [begin, first, 0],
      [0, size - first, first],
    ] as const) {
      bytes.set(this.#sound.subarray(2 * from, 2 * (from + count)), 2 * to)
      this.#sound.fill(silence, 2 * from, 2 * (from + count))
    }
    const from = this.#left
    this.#left += size
    return { from, law: this.#law, bytes }
  }
}
