import type { Instant } from '../../foundation/time.js'
import type { PromptId } from '../../routing/world/ids.js'
import type { Digit } from '../port.js'
import type { Endpoint, Peer } from '../sdp.js'
import { DigitDetector, looksLikeEvent } from '../rtp/dtmf.js'
import type { FirstSeconds } from '../rtp/first-seconds.js'
import type { Vouched } from '../rtp/latch.js'
import type { Beginning } from './messages.js'
import { Player } from '../rtp/player.js'
import { Receiver } from '../rtp/receiver.js'
import { readRtcp, writeRtcp } from '../rtp/rtcp.js'
import { headerSize, isRtcp, readRtp, writeRtpHeader, type RtpPacket } from '../rtp/rtp.js'
import type { Sound } from '../rtp/sound.js'
import { SoundPlace } from '../rtp/sound-place.js'

/** What a stream reports. */
export interface RtpStreamListener {
  finished(turn: number): void
  digit(digit: Digit): void
  /** Nothing came for too long. `heard`: something came earlier. */
  lost(heard: boolean): void
  /** No packet came from the address to which the sound goes, so the sound stops. */
  muted(): void
  /** Whether the caller's media arrive. Called on each change. */
  hearing(hearing: boolean): void
}

/** The conditions of a stream, besides its start values. */
export interface StreamTerms {
  /** In milliseconds. A caller who should send and from whom nothing comes for this long is gone. */
  readonly lostAfterMs: number
  /** Shared by all streams. Undefined: this stream counts alone. */
  readonly firstSeconds?: FirstSeconds
}

const nothingVouched: Vouched = { rtp: { known: false }, rtcp: { known: false } }

/** Milliseconds per tick: the shortest frame. All other frames are multiples. */
export const tickMs = 10
export const lostAfterMs = 30_000
/** Without a packet for this long, the caller counts as not heard now. Longer than any frame and than most pauses of RTCP. */
export const quietAfterMs = 3_000
/** The interval between reports (RFC 3550 §6.2), varied randomly from half of it to one and a half. */
export const reportEveryMs = 5000
const samplesPerTick = 80
const samplesPerMs = 8

/**
 * One stream without its sockets. All times are milliseconds since the thread started; a tick is ten of them. Timestamps follow
 * this clock, so pauses, late ticks and new frame sizes do not disturb them.
 */
export class RtpStream {
  readonly #player = new Player()
  readonly #receiver = new Receiver()
  readonly #digits = new DigitDetector()
  #peer: Peer | undefined
  readonly #place: SoundPlace
  /** Header and payload of the next packet. */
  #packet: Buffer = Buffer.alloc(headerSize)
  #frame: Uint8Array = new Uint8Array(0)
  #ticks = 1
  #dueTick: number
  /** The tick at which the sound continues without a gap. */
  #nextTick = -1
  #sequence: number
  #sent = { packets: 0, octets: 0, atLastReport: 0 }
  #turn: number | undefined
  #heardAt = 0
  #lost = false
  /** Whether packets may go to the address in the caller's description. */
  #mayGo: { readonly rtp: boolean; readonly rtcp: boolean } = { rtp: true, rtcp: true }
  /** When something last came. Undefined: never. */
  #cameAt: number | undefined
  #hearing = false
  #reportAt = Infinity

  constructor(
    private readonly beginning: Beginning,
    /** The first packet is sent at this tick at the earliest. */
    firstTick: number,
    private readonly listener: RtpStreamListener,
    /** From 0 to 1. */
    private readonly random: () => number,
    private readonly terms: StreamTerms = { lostAfterMs },
  ) {
    this.#dueTick = firstTick
    this.#sequence = beginning.sequence
    this.#place = new SoundPlace(terms.firstSeconds)
  }

  /** Applies the caller's latest description. */
  agree(peer: Peer, now: number, vouched = nothingVouched): void {
    const before = this.#peer
    this.#place.goTo(peer, vouched, now)
    if (before?.ptime !== peer.ptime) {
      this.#ticks = peer.ptime / tickMs
      this.#packet = Buffer.alloc(headerSize + this.#ticks * samplesPerTick)
      this.#frame = this.#packet.subarray(headerSize)
    }
    if (!before) this.#planReport(now, 0.5)
    this.#peer = peer
    this.#heardAt = now
    this.#lost = false
    this.#review(now)
  }

  play(sound: Sound, turn: number): void {
    this.#turn = turn
    this.#player.play(sound)
  }

  loop(music: PromptId, sound: Sound): void {
    this.#player.loop(music, sound)
  }

  silence(): void {
    this.#player.silence()
  }

  /** Where RTP goes. Undefined while it may not go anywhere. */
  get rtpTarget(): Endpoint | undefined {
    return this.#peer?.hears && this.#mayGo.rtp ? this.#place.rtpTarget : undefined
  }
  get rtcpTarget(): Endpoint | undefined {
    return this.#peer?.unreachable === false && this.#mayGo.rtcp ? this.#place.rtcpTarget : undefined
  }

  /** The packet for this tick, valid until the next call. Undefined: none. Packets whose time has passed are skipped. */
  packet(tick: number): Buffer | undefined {
    const peer = this.#peer
    if (!peer || tick < this.#dueTick) return undefined
    const slot = tick - ((tick - this.#dueTick) % this.#ticks)
    this.#dueTick = slot + this.#ticks
    const frame = this.#player.next(peer.codec, this.#frame)
    if (frame === 'over' && this.#turn !== undefined) this.listener.finished(this.#turn)
    if (frame !== 'sound' || !peer.hears || !this.#mayGo.rtp) return undefined
    const { ssrc, timestamp } = this.beginning
    writeRtpHeader(this.#packet, {
      marker: slot !== this.#nextTick,
      payloadType: peer.payloadType,
      sequence: this.#sequence,
      timestamp: (timestamp + slot * samplesPerTick) >>> 0,
      ssrc,
    })
    this.#nextTick = this.#dueTick
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#sent.packets += 1
    this.#sent.octets += this.#frame.length
    return this.#packet
  }

  /** Handles a packet at the RTP port. */
  rtp(bytes: Buffer, source: Endpoint, now: number): void {
    if (isRtcp(bytes)) return this.rtcp(bytes, source, now)
    const packet = readRtp(bytes)
    if (!packet || !this.#peer) return
    const isEvent = this.#isEvent(packet, bytes, this.#peer)
    if (!isEvent && !isSound(packet, this.#peer)) return
    if (!this.#place.admitsRtp(source)) return
    this.#came(now)
    this.#receiver.heard(packet, now, isEvent)
    const digit = isEvent ? this.#digits.heard(packet, bytes) : undefined
    if (digit !== undefined) this.listener.digit(digit)
  }

  /** Handles a packet at the RTCP port. */
  rtcp(bytes: Buffer, source: Endpoint, now: number): void {
    const report = readRtcp(bytes)
    if (!report || !this.#place.admitsRtcp(source)) return
    this.#came(now)
    if (report.sender) this.#receiver.reported(report.sender.middle, now)
  }

  /** Call it about once per second. Reports a lost caller and returns a report when due. */
  check(now: number, at: Instant): Buffer | undefined {
    if (this.#hearing && now - (this.#cameAt ?? 0) >= quietAfterMs) this.#hears(false)
    if (!this.#lost && this.#peer?.hears && this.#peer.sends && now - this.#heardAt >= this.terms.lostAfterMs) {
      this.#lost = true
      this.listener.lost(this.#cameAt !== undefined)
    }
    this.#review(now)
    if (now < this.#reportAt) return undefined
    this.#planReport(now, 1)
    return this.report(now, at, false)
  }

  /** `bye`: the last report. */
  report(now: number, at: Instant, bye: boolean): Buffer {
    const { packets, octets, atLastReport } = this.#sent
    const { ssrc, cname, timestamp } = this.beginning
    const hasSent = packets > atLastReport
    this.#sent.atLastReport = packets
    const sent = { at, timestamp: Math.round(timestamp + now * samplesPerMs) % 2 ** 32, packets, octets }
    return writeRtcp({ ssrc, cname, sent: hasSent ? sent : undefined, block: this.#receiver.block(now), bye })
  }

  #came(now: number): void {
    this.#heardAt = now
    this.#cameAt = now
    if (!this.#hearing) this.#hears(true)
    if (!this.#mayGo.rtp || !this.#mayGo.rtcp) this.#review(now)
  }

  #hears(hearing: boolean): void {
    this.#hearing = hearing
    this.listener.hearing(hearing)
  }

  /** Sound and reports continue only to an address that has shown that it wants them (docs/decisions/023). */
  #review(now: number): void {
    if (!this.#peer) return
    const before = this.#mayGo.rtp
    this.#mayGo = this.#place.mayGo(now)
    if (before && !this.#mayGo.rtp && this.#peer.hears) this.listener.muted()
  }

  #planReport(now: number, share: number): void {
    this.#reportAt = now + share * reportEveryMs * (0.5 + this.random())
  }

  /**
   * An event has the agreed payload type. If events were agreed, any other dynamic type also counts: a PBX that lets phones send
   * directly to us may not tell us the phone's number (docs/decisions/023).
   */
  #isEvent(packet: RtpPacket, bytes: Buffer, { events, payloadType }: Peer): boolean {
    if (packet.payloadType === events) return true
    return events !== undefined && packet.payloadType !== payloadType && looksLikeEvent(packet, bytes)
  }
}

/** The agreed codec. Many peers send comfort noise without saying so (RFC 3389). */
function isSound({ payloadType }: RtpPacket, { payloadType: audio }: Peer): boolean {
  return payloadType === audio || payloadType === 13 || payloadType === 0 || payloadType === 8
}
