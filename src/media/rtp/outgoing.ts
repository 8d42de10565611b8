import type { Instant } from '../../foundation/time.js'
import type { PromptId } from '../../routing/world/ids.js'
import type { Peer } from '../sdp.js'
import type { FrameSource } from './frame-source.js'
import { Player } from './player.js'
import { Continuity } from './continuity.js'
import type { Sent } from './rtcp.js'
import { headerSize, writeRtpHeader, type RtpPacket } from './rtp.js'
import type { Sound } from './sound.js'

/** The random start values of the packets (RFC 3550 §5.1). */
interface OutgoingStart {
  readonly ssrc: number
  readonly sequence: number
  readonly timestamp: number
}

/** Milliseconds per tick: the shortest frame. All other frames are multiples. */
export const tickMs = 10
const samplesPerTick = 80
const samplesPerMs = 8
/** Names our own sound among the sources of one stream. No packet has this SSRC. */
const ourSound = -1
/** The first byte of an RTP header: version 2, without padding, extension and contributing sources. */
const plainHeader = 0x80

/**
 * The packets of the sound that we send, and of the sound that we relay. Timestamps follow the clock of ticks, so pauses, late ticks and
 * new frame sizes do not disturb them.
 */
export class Outgoing {
  readonly #player = new Player()
  /** Header and payload of the next packet. */
  #packet: Buffer = Buffer.alloc(headerSize)
  #frame: Uint8Array = new Uint8Array(0)
  #ticksPerFrame = 1
  #dueTick: number
  /** The tick at which the sound continues without a gap. */
  #nextTick = -1
  #sequence: number
  #sent = { packets: 0, octets: 0, atLastReport: 0 }
  /** Present since the first relayed packet. Then our own sound is one of several sources of this stream. */
  #continuity: Continuity | undefined

  /** The first packet is due at `firstTick` at the earliest. */
  constructor(
    private readonly start: OutgoingStart,
    firstTick: number,
  ) {
    this.#dueTick = firstTick
    this.#sequence = start.sequence
  }

  /** `ptime`: milliseconds per frame, a multiple of `tickMs`. */
  frameBy(ptime: number): void {
    this.#ticksPerFrame = ptime / tickMs
    this.#packet = Buffer.alloc(headerSize + this.#ticksPerFrame * samplesPerTick)
    this.#frame = this.#packet.subarray(headerSize)
  }

  play(sound: Sound): void {
    this.#player.play(sound)
  }

  loop(music: PromptId, sound: Sound): void {
    this.#player.loop(music, sound)
  }

  silence(): void {
    this.#player.silence()
  }

  /** From now on this is sent in place of what we play. Undefined: what we play is sent again. */
  mix(source: FrameSource | undefined): void {
    this.#player.mix(source)
  }

  /**
   * The packet for this tick, valid until the next call. 'over': what was played has ended. Undefined: none is due, nothing plays, or
   * it may not go. Frames whose time has passed are skipped, and time passes for frames that may not go.
   */
  next(tick: number, { codec, payloadType }: Peer, mayGo: boolean): Buffer | 'over' | undefined {
    if (tick < this.#dueTick) return undefined
    const slot = tick - ((tick - this.#dueTick) % this.#ticksPerFrame)
    this.#dueTick = slot + this.#ticksPerFrame
    const frame = this.#player.next(codec, this.#frame, slot * tickMs)
    if (frame !== 'sound') return frame === 'over' ? 'over' : undefined
    return mayGo ? this.#write(slot, payloadType) : undefined
  }

  /**
   * Turns a packet of another stream into the next one of this stream: only its payload and its place among its own packets stay.
   * Undefined: it belongs before packets that were already sent. `bytes` is changed, and the result is a part of it.
   */
  relay(packet: RtpPacket, bytes: Buffer, payloadType: number, now: number): Buffer | undefined {
    const { ssrc, timestamp } = this.start
    this.#continuity ??= new Continuity({
      ssrc,
      sequence: this.#sequence,
      timestamp: (timestamp + Math.round(now * samplesPerMs)) >>> 0,
    })
    // Contributing sources, extensions and padding may reveal the sender, so the header goes right before the payload.
    const out = bytes.subarray(packet.from - headerSize, packet.to)
    if (this.#continuity.next({ ...packet, payloadType }, out, now) === undefined) return undefined
    out[0] = plainHeader
    this.#count(packet.to - packet.from)
    return out
  }

  /** What the next report says about our packets. Undefined: none were sent since the last report. */
  report(now: number, at: Instant): Sent | undefined {
    const { packets, octets, atLastReport } = this.#sent
    this.#sent.atLastReport = packets
    const timestamp = this.#continuity?.timestampAt(now) ?? Math.round(this.start.timestamp + now * samplesPerMs) % 2 ** 32
    return packets > atLastReport ? { at, timestamp, packets, octets } : undefined
  }

  #write(slot: number, payloadType: number): Buffer {
    const { ssrc, timestamp } = this.start
    const header = {
      marker: slot !== this.#nextTick,
      payloadType,
      sequence: this.#sequence,
      timestamp: (timestamp + slot * samplesPerTick) >>> 0,
      ssrc,
    }
    writeRtpHeader(this.#packet, header)
    this.#nextTick = this.#dueTick
    this.#sequence = (this.#sequence + 1) & 0xffff
    const packet = { ...header, ssrc: ourSound, from: headerSize, to: this.#packet.length }
    this.#continuity?.next(packet, this.#packet, slot * tickMs)
    this.#count(this.#frame.length)
    return this.#packet
  }

  #count(octets: number): void {
    this.#sent.packets += 1
    this.#sent.octets += octets
  }
}
