import type { Digit } from '../port.js'
import type { Peer } from '../sdp.js'
import { Allowance } from './allowance.js'
import { DigitDetector, looksLikeEvent } from './dtmf.js'
import { Receiver, type ReportBlock } from './receiver.js'
import type { HeardReport } from './rtcp.js'
import { RelayBudget } from './relay-budget.js'
import type { RtpPacket } from './rtp.js'

export interface IncomingListener {
  digit(digit: Digit): void
  /** Nothing came for too long. `heard`: something came earlier. */
  lost(heard: boolean): void
  /** Whether the caller's media arrive. Called on each change. */
  hearing(hearing: boolean): void
}

/** Without a packet for this long, the caller counts as silent. It is longer than any frame, and shorter than most pauses of RTCP. */
export const quietAfterMs = 3_000
/** The same for a caller who sends only RTCP, as a muted phone does: its reports are up to 7.5 s apart (RFC 3550 §6.2, §6.3.1). */
const quietAfterReportMs = 8_000

/** The fastest dialer presses about 12 keys a second: 40 ms of tone and 40 ms of pause (ITU-T Q.24). */
const keysPerSecond = 20

/** Handles what comes from the caller: their keys, and whether they are there. Times are in milliseconds. */
export class Incoming {
  readonly #receiver = new Receiver()
  readonly #digits = new DigitDetector()
  /** Keys are limited, because each key is a step of the call and a line in the journal. */
  readonly #limits = { keys: new Allowance(keysPerSecond, keysPerSecond), packets: new RelayBudget() }
  /** The time of the last packet or of the last agreement. */
  #aliveAt = 0
  /** The time of the last packet. Undefined: never. */
  #cameAt: number | undefined
  #hearing = false
  #quietAfterMs = quietAfterMs
  #lost = false

  constructor(
    private readonly lostAfterMs: number,
    private readonly listener: IncomingListener,
  ) {}

  /** Starts the time `lostAfterMs` again. */
  agreed(now: number): void {
    this.#aliveAt = now
    this.#lost = false
  }

  /** An RTP packet of this kind. */
  rtp(packet: RtpPacket, bytes: Buffer, kind: PacketKind, now: number): void {
    const isEvent = kind === 'event'
    this.#came(now)
    this.#receiver.heard(packet, now, isEvent)
    const digit = isEvent ? this.#digits.heard(packet, bytes) : undefined
    if (digit !== undefined && this.#limits.keys.takes(now)) this.listener.digit(digit)
  }

  /** Whether one more packet may be read, to be relayed. `isOwn`: it comes from where the caller is. */
  mayRead(isOwn: boolean, now: number): boolean {
    return this.#limits.packets.takes(isOwn, now)
  }

  /** An RTP packet for the other side of a relayed call. `still`: several packets of a key have the same timestamp. */
  relayed(packet: RtpPacket, still: boolean, now: number): void {
    this.#came(now)
    this.#receiver.heard(packet, now, still)
  }

  rtcp({ sender }: HeardReport, now: number): void {
    this.#came(now, this.#hearing ? this.#quietAfterMs : quietAfterReportMs)
    if (sender) this.#receiver.reported(sender.middle, now)
  }

  /** Reports a caller who is silent or lost. Call it about once per second. */
  check(peer: Peer | undefined, now: number): void {
    if (this.#hearing && now - (this.#cameAt ?? 0) >= this.#quietAfterMs) this.#hears(false)
    if (this.#lost || !peer?.hears || !peer.sends || now - this.#aliveAt < this.lostAfterMs) return
    this.#lost = true
    this.listener.lost(this.#cameAt !== undefined)
  }

  /** The block for our next report. Undefined before the first packet. */
  block(now: number): ReportBlock | undefined {
    return this.#receiver.block(now)
  }

  #came(now: number, quietAfter = quietAfterMs): void {
    this.#quietAfterMs = quietAfter
    this.#aliveAt = now
    this.#cameAt = now
    if (!this.#hearing) this.#hears(true)
  }

  #hears(hearing: boolean): void {
    this.#hearing = hearing
    this.listener.hearing(hearing)
  }
}

type PacketKind = 'event' | 'sound'

/** The kind of a packet. Undefined: its payload type was not agreed. */
export function kindOf(peer: Peer, packet: RtpPacket, bytes: Buffer): PacketKind | undefined {
  if (isEventFor(peer, packet, bytes)) return 'event'
  return isSoundFor(peer, packet) ? 'sound' : undefined
}

/**
 * An event has the agreed payload type. If events were agreed, any other dynamic type also counts: a PBX that lets phones send
 * directly to us may not tell us the phone's number (docs/decisions/023).
 */
function isEventFor({ events, payloadType }: Peer, packet: RtpPacket, bytes: Buffer): boolean {
  if (packet.payloadType === events) return true
  return events !== undefined && packet.payloadType !== payloadType && looksLikeEvent(packet, bytes)
}

/** Whether the packet is sound: the agreed codec, either law of G.711, or comfort noise, which many peers do not announce (RFC 3389). */
function isSoundFor({ payloadType: audio }: Peer, { payloadType }: RtpPacket): boolean {
  return payloadType === audio || payloadType === 13 || payloadType === 0 || payloadType === 8
}
