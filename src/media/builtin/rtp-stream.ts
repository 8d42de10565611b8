import type { Instant } from '../../foundation/time.js'
import type { PromptId } from '../../routing/world/ids.js'
import type { FirstSeconds } from '../rtp/first-seconds.js'
import { Incoming, kindOf, type IncomingListener } from '../rtp/incoming.js'
import type { Vouched } from '../rtp/latch.js'
import type { FrameSource } from '../rtp/frame-source.js'
import { Outgoing } from '../rtp/outgoing.js'
import { readRtcp, writeRtcp } from '../rtp/rtcp.js'
import { isRtcp, readRtp, type RtpPacket } from '../rtp/rtp.js'
import type { Sound } from '../rtp/sound.js'
import { SoundPlace } from '../rtp/sound-place.js'
import type { Endpoint, Peer } from '../sdp.js'
import type { Beginning } from './messages.js'

/** What a stream reports. */
interface RtpStreamListener extends IncomingListener {
  finished(turn: number): void
  /** No packet came from the address to which the sound goes, so the sound stops. */
  muted(): void
}

/** The conditions of a stream, besides its start values. */
interface StreamTerms {
  /** In milliseconds. A caller who should send media and sends nothing for this long is gone. */
  readonly lostAfterMs: number
  /** Shared by all streams. Undefined: this stream counts alone. */
  readonly firstSeconds?: FirstSeconds
}

const nothingVouched: Vouched = { rtp: { known: false }, rtcp: { known: false } }

const lostAfterMs = 30_000
/** The interval between reports (RFC 3550 §6.2), varied randomly from half of it to one and a half. */
const reportEveryMs = 5000

/** One stream without its sockets. All times are milliseconds since the thread started. */
export class RtpStream {
  readonly #outgoing: Outgoing
  readonly #incoming: Incoming
  readonly #place: SoundPlace
  #peer: Peer | undefined
  #turn: number | undefined
  /** Whether packets may go to the address in the caller's description. */
  #mayGo: { readonly rtp: boolean; readonly rtcp: boolean } = { rtp: true, rtcp: true }
  #reportAt = Infinity

  constructor(
    private readonly beginning: Beginning,
    /** The first packet is sent at this tick at the earliest. */
    firstTick: number,
    private readonly listener: RtpStreamListener,
    /** Returns a random number from 0 to 1. */
    private readonly random: () => number,
    terms: StreamTerms = { lostAfterMs },
  ) {
    this.#outgoing = new Outgoing(beginning, firstTick)
    this.#incoming = new Incoming(terms.lostAfterMs, listener)
    this.#place = new SoundPlace(terms.firstSeconds)
  }

  /** Applies the caller's latest description. */
  agree(peer: Peer, now: number, vouched = nothingVouched): void {
    const before = this.#peer
    this.#place.goTo(peer, vouched, now)
    if (before?.ptime !== peer.ptime) this.#outgoing.frameBy(peer.ptime)
    if (!before) this.#planReport(now, 0.5)
    this.#peer = peer
    this.#incoming.agreed(now)
    this.#review(now)
  }

  play(sound: Sound, turn: number): void {
    this.#turn = turn
    this.#outgoing.play(sound)
  }

  loop(music: PromptId, sound: Sound): void {
    this.#outgoing.loop(music, sound)
  }

  silence(): void {
    this.#outgoing.silence()
  }

  /** From now on this is sent in place of what we play. Undefined: what we play is sent again. */
  mix(source: FrameSource | undefined): void {
    this.#outgoing.mix(source)
  }

  /** Where RTP goes. Undefined while nothing may be sent. */
  get rtpTarget(): Endpoint | undefined {
    return this.#peer?.hears && this.#mayGo.rtp ? this.#place.rtpTarget : undefined
  }
  get rtcpTarget(): Endpoint | undefined {
    return this.#peer?.unreachable === false && this.#mayGo.rtcp ? this.#place.rtcpTarget : undefined
  }

  /** The packet for this tick, valid until the next call. Undefined: none. */
  packet(tick: number): Buffer | undefined {
    const peer = this.#peer
    if (!peer) return undefined
    const packet = this.#outgoing.next(tick, peer, peer.hears && this.#mayGo.rtp)
    if (packet !== 'over') return packet
    if (this.#turn !== undefined) this.listener.finished(this.#turn)
    return undefined
  }

  /** Handles a packet at the RTP port. Returns it if it is sound of this stream's peer. */
  rtp(bytes: Buffer, source: Endpoint, now: number): RtpPacket | undefined {
    if (isRtcp(bytes)) this.rtcp(bytes, source, now)
    const packet = readRtp(bytes)
    const kind = packet && this.#peer && kindOf(this.#peer, packet, bytes)
    if (!kind || !this.#place.admitsRtp(source)) return undefined
    this.#incoming.rtp(packet, bytes, kind, now)
    this.#reviewIfMute(now)
    return kind === 'sound' ? packet : undefined
  }

  /** Whether one more packet that came to this stream's port may be read, to be relayed. */
  mayRead(source: Endpoint, now: number): boolean {
    return this.#incoming.mayRead(this.#place.isFrom(source), now)
  }

  /** Whether a packet at the RTP port is from this side of a relayed call and may go to the other. `isKey`: it is a part of a key press. */
  admits(packet: RtpPacket, isKey: boolean, source: Endpoint, now: number): boolean {
    if (!this.#peer || !this.#place.admitsRtp(source)) return false
    this.#incoming.relayed(packet, isKey, now)
    this.#reviewIfMute(now)
    return true
  }

  /** Turns a packet of the other side into the next one of this stream. Undefined: nothing may be sent now, or it is too old. */
  relay(packet: RtpPacket, bytes: Buffer, payloadType: number, now: number): Buffer | undefined {
    return this.rtpTarget && this.#outgoing.relay(packet, bytes, payloadType, now)
  }

  /** Handles a packet at the RTCP port. */
  rtcp(bytes: Buffer, source: Endpoint, now: number): void {
    const report = readRtcp(bytes)
    if (!report || !this.#place.admitsRtcp(source)) return
    this.#incoming.rtcp(report, now)
    this.#reviewIfMute(now)
  }

  /** Call it about once per second. Reports a lost caller and returns a report when due. */
  check(now: number, at: Instant): Buffer | undefined {
    this.#incoming.check(this.#peer, now)
    this.#review(now)
    if (now < this.#reportAt) return undefined
    this.#planReport(now, 1)
    return this.report(now, at, false)
  }

  /** Our report as an RTCP packet. `bye`: the last one, because the stream ends. */
  report(now: number, at: Instant, bye: boolean): Buffer {
    const { ssrc, cname } = this.beginning
    return writeRtcp({ ssrc, cname, sent: this.#outgoing.report(now, at), block: this.#incoming.block(now), bye })
  }

  /** A packet came, which may prove that its sender wants the sound. */
  #reviewIfMute(now: number): void {
    if (!this.#mayGo.rtp || !this.#mayGo.rtcp) this.#review(now)
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
}
