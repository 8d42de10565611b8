import type { Instant } from '../../foundation/time.js'
import type { PromptId } from '../../routing/ids.js'
import type { Digit } from '../port.js'
import type { Endpoint, Peer } from '../sdp.js'
import { DigitDetector } from './dtmf.js'
import { Latch } from './latch.js'
import type { Beginning } from './messages.js'
import { Player } from './player.js'
import { Receiver } from './receiver.js'
import { readRtcp, writeRtcp } from './rtcp.js'
import { headerSize, isRtcp, readRtp, writeRtpHeader, type RtpPacket } from './rtp.js'
import type { Sound } from './sound.js'

/** What a stream tells of itself while it is fed. */
export interface RtpStreamListener {
  finished(turn: number): void
  digit(digit: Digit): void
  lost(): void
}

/** Milliseconds of one tick: the shortest framing, of which all others are multiples. */
export const tickMs = 10
/** Callers who should send and of whom nothing came for so long are gone. */
export const lostAfterMs = 30_000
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
  #rtp: Latch | undefined
  #rtcp: Latch | undefined
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
  #reportAt = Infinity

  constructor(
    private readonly beginning: Beginning,
    /** Its first packet goes out then, at the earliest. */
    firstTick: number,
    private readonly listener: RtpStreamListener,
    /** From 0 to 1. */
    private readonly random: () => number,
  ) {
    this.#dueTick = firstTick
    this.#sequence = beginning.sequence
  }

  /** What the caller's description says from now on. */
  agree(peer: Peer, now: number): void {
    const before = this.#peer
    if (!this.#rtp?.follows(peer.rtp)) this.#rtp = new Latch(peer.rtp)
    if (!this.#rtcp?.follows(peer.rtcp)) this.#rtcp = new Latch(peer.rtcp)
    if (before?.ptime !== peer.ptime) {
      this.#ticks = peer.ptime / tickMs
      this.#packet = Buffer.alloc(headerSize + this.#ticks * samplesPerTick)
      this.#frame = this.#packet.subarray(headerSize)
    }
    if (!before) this.#planReport(now, 0.5)
    this.#peer = peer
    this.#heardAt = now
    this.#lost = false
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
    return this.#peer?.hears ? this.#rtp?.target : undefined
  }
  get rtcpTarget(): Endpoint | undefined {
    return this.#peer?.unreachable === false ? this.#rtcp?.target : undefined
  }

  /** The packet to send in that tick, which stands until the next call; undefined: none. Packets whose time is over are left out. */
  packet(tick: number): Buffer | undefined {
    const peer = this.#peer
    if (!peer || tick < this.#dueTick) return undefined
    const slot = tick - ((tick - this.#dueTick) % this.#ticks)
    this.#dueTick = slot + this.#ticks
    const frame = this.#player.next(peer.codec, this.#frame)
    if (frame === 'over' && this.#turn !== undefined) this.listener.finished(this.#turn)
    if (frame !== 'sound' || !peer.hears) return undefined
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
    if (!this.#negotiated(packet, this.#peer) || !this.#rtp?.admits(source)) return
    this.#heardAt = now
    const isEvent = packet.payloadType === this.#peer.events
    this.#receiver.heard(packet, now, isEvent)
    const digit = isEvent ? this.#digits.heard(packet, bytes) : undefined
    if (digit !== undefined) this.listener.digit(digit)
  }

  /** What came to the RTCP port. */
  rtcp(bytes: Buffer, source: Endpoint, now: number): void {
    const report = readRtcp(bytes)
    if (!report || !this.#rtcp?.admits(source)) return
    this.#heardAt = now
    if (report.sender) this.#receiver.reported(report.sender.middle, now)
  }

  /** To be called about every second: tells of a lost caller, and gives the report that is due. */
  check(now: number, at: Instant): Buffer | undefined {
    if (!this.#lost && this.#peer?.hears && this.#peer.sends && now - this.#heardAt >= lostAfterMs) {
      this.#lost = true
      this.listener.lost()
    }
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

  #planReport(now: number, share: number): void {
    this.#reportAt = now + share * reportEveryMs * (0.5 + this.random())
  }

  /** What we agreed to; comfort noise comes from many who never said so (RFC 3389). */
  #negotiated({ payloadType }: RtpPacket, { payloadType: audio, events }: Peer): boolean {
    return payloadType === audio || payloadType === events || payloadType === 13 || payloadType === 0 || payloadType === 8
  }
}
