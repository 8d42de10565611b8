import type { FirstSeconds } from '../rtp/first-seconds.js'
import { Player, type Music } from '../rtp/player.js'
import type { RtpPacket } from '../rtp/rtp.js'
import { SoundPlace } from '../rtp/sound-place.js'
import type { Endpoint } from '../sdp.js'
import type { Agreement, Hold } from './negotiation.js'

export interface PlainSideListener {
  toPlain(bytes: Buffer, target: Endpoint): void
  /** The browser's sound no longer goes to the plain side, until a packet comes from there. */
  muted(place: Endpoint): void
}

/** What the side with plain RTP hears: the browser's sound, or music while the browser holds. Times are in milliseconds. */
export class PlainSide {
  readonly #place: SoundPlace
  readonly #player = new Player()
  #hears = false
  #hold: Hold | undefined
  #isMuted = false

  constructor(
    private readonly listener: PlainSideListener,
    /** Shared by all legs. Undefined: this leg counts alone. */
    firstSeconds: FirstSeconds | undefined,
  ) {
    this.#place = new SoundPlace(firstSeconds)
  }

  /** `music`: what a party held by the browser hears. */
  agree({ plain, hold }: Agreement, music: Music | undefined, now: number): void {
    this.#hears = plain.hears
    this.#hold = hold
    this.#place.goTo(plain, plain.vouched, now)
    if (music) this.#player.loop(music.id, music.sound)
    else this.#player.silence()
  }

  /** Whether RTP from this source is accepted. */
  admitsRtp(source: Endpoint): boolean {
    return this.#place.admitsRtp(source)
  }

  admitsRtcp(source: Endpoint): boolean {
    return this.#place.admitsRtcp(source)
  }

  /** Forwards a packet of the browser's sound. `bytes` is the packet. Its content may be changed. */
  send(bytes: Buffer, packet: RtpPacket, now: number): void {
    const target = this.#hears ? this.#place.rtpTarget : undefined
    if (!target) return
    const wasMuted = this.#isMuted
    this.#isMuted = !this.#place.mayGo(now).rtp
    if (this.#isMuted) return wasMuted ? undefined : this.listener.muted(target)
    this.#overdub(bytes, packet)
    this.listener.toPlain(bytes, target)
  }

  /**
   * A browser on hold keeps sending silence or room noise. Its packets have correct numbers and times, so they carry the music
   * instead.
   */
  #overdub(bytes: Buffer, { payloadType, marker, from, to }: RtpPacket): void {
    const hold = this.#hold
    if (!hold?.voices.includes(payloadType)) return
    if (this.#player.next(hold.codec, bytes.subarray(from, to)) !== 'sound') return
    bytes[1] = hold.payloadType | (marker ? 0x80 : 0)
  }
}
