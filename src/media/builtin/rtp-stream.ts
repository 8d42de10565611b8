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

/** What a stream tells of itself while it is fed. */
export interface RtpStreamListener {
  finished(turn: number): void
  digit(digit: Digit): void
  /** Nothing came for too long; `heard`: something did before. */
  lost(heard: boolean): void
  /** Nothing came from where the sound goes, which stops for that. */
  muted(): void
  /** Whether media of the caller come; told when it is another than before. */
  hearing(hearing: boolean): void
}

/** How a stream is open, beside where it begins to count. */
export interface StreamTerms {
  /** Callers who should send and of whom nothing came for so long are gone, in milliseconds. */
  readonly lostAfterMs: number
  /** Shared by all streams; undefined: this one counts alone. */
  readonly firstSeconds?: FirstSeconds
}

const nothingVouched: Vouched = { rtp: { known: false }, rtcp: { known: false } }

/** Milliseconds of one tick: the shortest framing, of which all others are multiples. */
export const tickMs = 10
export const lostAfterMs = 30_000
/** Callers of whom nothing came for so long are not heard now. Longer than any framing and most pauses of RTCP. */
export const quietAfterMs = 3_000
/** Between two reports (RFC 3550 §6.2): the half to one and a half of it, at random. */
export const reportEveryMs = 5000
const samplesPerTick = 80
const samplesPerMs = 8

/**
 * One stream without its sockets. All times are milliseconds since the thread began, `tick`s tens of them: timestamps follow that clock, so that
 * a pause, a late tick and a new framing leave them right.
 */
export class RtpStream {
  readonly #player = new Player()
  readonly #receiver = new Receiver()
  readonly #digits = new DigitDetector()
  #peer: Peer | undefined
  readonly #place: SoundPlace
  /** Header and payload of the packet to be sent next. */
  #packet: Buffer = Buffer.alloc(headerSize)
  #frame: Uint8Array = new Uint8Array(0)
  #ticks = 1
  #dueTick: number
  /** Where the sound goes on without a gap. */
  #nextTick = -1
  #sequence: number
  #sent = { packets: 0, octets: 0, atLastReport: 0 }
  #turn: number | undefined
  #heardAt = 0
  #lost = false
  /** Whether packets may go to where the caller says. */
  #mayGo: { readonly rtp: boolean; readonly rtcp: boolean } = { rtp: true, rtcp: true }
  /** When something came, undefined before. */
  #cameAt: number | undefined
  #hearing = false
  #reportAt = Infinity

  constructor(
    private readonly beginning: Beginning,
    /** Its first packet goes out then, at the earliest. */
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

  /** What the caller's description says from now on. */
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

  /** Where RTP goes, and RTCP; undefined while nothing may. */
  get rtpTarget(): Endpoint | undefined {
    return this.#peer?.hears && this.#mayGo.rtp ? this.#place.rtpTarget : undefined
  }
  get rtcpTarget(): Endpoint | undefined {
    return this.#peer?.unreachable === false && this.#mayGo.rtcp ? this.#place.rtcpTarget : undefined
  }

  /** The packet to send in that tick, which stands until the next call; undefined: none. Packets whose time is over are left out. */
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

  /** What came to the RTP port. */
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

  /** What came to the RTCP port. */
  rtcp(bytes: Buffer, source: Endpoint, now: number): void {
    const report = readRtcp(bytes)
    if (!report || !this.#place.admitsRtcp(source)) return
    this.#came(now)
    if (report.sender) this.#receiver.reported(report.sender.middle, now)
  }

  /** To be called about every second: tells of a lost caller, and gives the report that is due. */
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

  /** `bye`: the last one. */
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

  /** Sound and reports go on only to where somebody is known to want them (docs/decisions/023). */
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
   * An event under the number agreed, or under any other dynamic one where events were agreed: a PBX that lets phones send to us directly may
   * not tell us the phone's number (docs/decisions/023).
   */
  #isEvent(packet: RtpPacket, bytes: Buffer, { events, payloadType }: Peer): boolean {
    if (packet.payloadType === events) return true
    return events !== undefined && packet.payloadType !== payloadType && looksLikeEvent(packet, bytes)
  }
}

/** What we agreed to; comfort noise comes from many who never said so (RFC 3389). */
function isSound({ payloadType }: RtpPacket, { payloadType: audio }: Peer): boolean {
  return payloadType === audio || payloadType === 13 || payloadType === 0 || payloadType === 8
}
