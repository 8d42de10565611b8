import type { Instant } from '../../foundation/time.js'
import type { FirstSeconds } from '../rtp/first-seconds.js'
import { Player, type Music } from '../rtp/player.js'
import { Receiver } from '../rtp/receiver.js'
import { readRtcp, writeRtcp } from '../rtp/rtcp.js'
import { isRtcp, readRtp, type RtpPacket } from '../rtp/rtp.js'
import { SoundPlace } from '../rtp/sound-place.js'
import type { Endpoint, Fingerprint } from '../sdp.js'
import type { LossReason } from '../port.js'
import { Allowance } from './allowance.js'
import { BrowserPlace, same, type CredentialPair } from './browser-place.js'
import { Continuity } from './continuity.js'
import type { Certificate } from './dtls/certificate.js'
import { Handshake } from './dtls/handshake.js'
import type { Beginning } from './messages.js'
import type { Agreement } from './negotiation.js'
import { SrtpReceiver, SrtpSender, type MasterKey } from './srtp.js'
import { readBindingRequest, readBindingResponse, writeBindingResponse } from './stun.js'

/** Sends to the two sides and reports the end. */
export interface RelayListener {
  toBrowser(bytes: Buffer, target: Endpoint): void
  toPlain(bytes: Buffer, target: Endpoint): void
  /** A packet was not handled, because too many come. */
  refused(): void
  /** The browser's sound no longer goes to the plain side, until a packet comes from there. */
  muted(place: Endpoint): void
  /** Called once. */
  lost(reason: LossReason, why: string): void
}

interface Shaking {
  readonly with: Fingerprint
  readonly machine: Handshake
  /** The address from which the handshake's datagrams come. Ours go there. */
  at: Endpoint | undefined
  /** The datagrams came from several addresses, so the end of the handshake proves none of them. */
  hasMoved: boolean
}

/** A browser without checks for this long has gone (RFC 7675 §5.1). */
export const lostAfterMs = 30_000
/** Browsers start checks at once. A leg without any check by then frees its ports. */
export const checkWithinMs = 10_000
/** Counted from the first check. A handshake takes three round trips. */
export const handshakeWithinMs = 20_000
/**
 * Per second. Audio with 10 ms frames has 100 packets, plus about 10 reports and checks. Packets delayed by the network arrive
 * all at once.
 */
export const allowed = { perSecond: 400, atOnce: 400 }
/** For addresses that are not the browser's: its checks on other paths, and as many sound packets. */
export const allowedStrangers = { perSecond: 100, atOnce: 200 }
/**
 * If this many packets from the browser's address are refused within a second, the leg ends, so that the kernel refuses the rest.
 */
export const wastefulAt = 5000
const reportEveryMs = 5000

/**
 * One gateway without its sockets. It answers the browser's connectivity checks and handshake, then carries RTP both ways. RTCP
 * ends here on both sides; the browser gets our own reports. All times are milliseconds since the thread started.
 */
export class Relay {
  /** Made for each key, because a new key starts with rollover counter 0 (RFC 3711 §3.3.1). */
  #continuity: Continuity
  readonly #receiver = new Receiver()
  readonly #player = new Player()
  #agreement: Agreement | undefined
  /** The latest credentials, and the previous ones, which the browser may still use in checks. */
  #credentials: readonly CredentialPair[] = []
  readonly #plain: SoundPlace
  #isMuted = false
  readonly #browser = new BrowserPlace()
  #handshake: Shaking | undefined
  /** Since when a handshake is possible. */
  #dueSince: number | undefined
  #keys: { readonly sender: SrtpSender; readonly receiver: SrtpReceiver } | undefined
  /** The time of the last check. Before the first one: of the agreement. */
  #askedAt = 0
  #isChecked = false
  readonly #allowance = new Allowance(allowed.perSecond, allowed.atOnce)
  readonly #strangers = new Allowance(allowedStrangers.perSecond, allowedStrangers.atOnce)
  readonly #checks = new Allowance(allowedStrangers.perSecond, allowedStrangers.atOnce)
  readonly #plainAllowance = new Allowance(allowed.perSecond, allowed.atOnce)
  /** Since the last `look`. */
  #refused = 0
  #reportAt = 0
  #sent = { packets: 0, octets: 0 }
  #over = false

  constructor(
    private readonly beginning: Beginning,
    private readonly certificate: Certificate,
    private readonly listener: RelayListener,
    /** Shared by all legs. Undefined: this leg counts alone. */
    firstSeconds?: FirstSeconds,
  ) {
    this.#plain = new SoundPlace(firstSeconds)
    this.#continuity = new Continuity(beginning)
  }

  /** `music`: what a party held by the browser hears. */
  agree(agreement: Agreement, music: Music | undefined, now: number): void {
    const { credentials, theirs, fingerprint, plain } = agreement
    if (!this.#agreement) this.#askedAt = now
    this.#agreement = agreement
    const before = this.#credentials.filter(({ ours }) => ours.ufrag !== credentials.ufrag)
    this.#credentials = [{ ours: credentials, theirs }, ...before.slice(0, 1)]
    this.#plain.goTo(plain, plain.vouched, now)
    if (music) this.#player.loop(music.id, music.sound)
    else this.#player.silence()
    // A new certificate means another browser, or the same one after a restart (RFC 8842 §3.1).
    if (this.#handshake?.with.hash !== fingerprint.hash) this.#shakeHands(fingerprint)
  }

  fromBrowser(bytes: Buffer, source: Endpoint, now: number): void {
    if (this.#over) return
    const kind = kindOf(bytes)
    const isBrowsers = this.#browser.isAt(source)
    // A stranger's check is counted only if it has our user fragment. So a flood of others can't block the browser.
    if (!isBrowsers && kind === 'check') return this.#check(bytes, source, now, this.#checks)
    if (!(isBrowsers ? this.#allowance : this.#strangers).takes(now)) return this.#refuse(isBrowsers)
    switch (kind) {
      case 'check':
        return this.#check(bytes, source, now)
      case 'handshake':
        return this.#shake(bytes, source, now)
      case 'report':
        return this.#report(bytes, now)
      case 'sound':
        return this.#carryToPlain(bytes, now)
      case 'other':
    }
  }

  /** RTCP beside the sound ends here. It only shows where the plain side is. */
  fromPlain(bytes: Buffer, source: Endpoint, now: number): void {
    if (this.#over || !this.#agreement) return
    if (isRtcp(bytes)) return this.#noteReport(bytes, source)
    const packet = readRtp(bytes)
    const { target } = this.#browser
    if (!packet || !target || !this.#keys || !this.#agreement.browserHears) return
    if (!this.#plain.admitsRtp(source)) return
    if (!this.#plainAllowance.takes(now)) return this.listener.refused()
    const index = this.#continuity.next(packet, bytes, now)
    if (index === undefined) return
    const sent = this.#keys.sender.rtp(bytes, packet.from, index)
    if (!sent) return
    this.listener.toBrowser(sent, target)
    this.#sent.packets += 1
    this.#sent.octets += packet.to - packet.from
  }

  /** Call it about once per second. Reports a lost browser and sends a report when due. */
  look(now: number, at: Instant): void {
    if (this.#over) return
    const loss = this.#lossAt(now)
    if (loss) return this.#lost(...loss)
    this.#refused = 0
    this.#browser.look(now)
    this.#handshake?.machine.look(now)
    if (!this.#keys || !this.#browser.target || now < this.#reportAt) return
    this.#reportAt = now + reportEveryMs
    this.#sendReport(now, at, false)
  }

  /** Ends the leg. Nothing more is read. */
  fail(why: string): void {
    this.#lost('fault', why)
  }

  close(now: number, at: Instant): void {
    this.#over = true
    this.#sendReport(now, at, true)
    this.#handshake?.machine.close()
  }

  #check(bytes: Buffer, source: Endpoint, now: number, allowance?: Allowance): void {
    const request = readBindingRequest(bytes)
    if (!request) return this.#answer(bytes, source)
    const pair = this.#credentials.find(({ ours }) => request.username.startsWith(`${ours.ufrag}:`))
    if (!pair) return
    if (allowance?.takes(now) === false) return this.#refuse(false)
    if (!request.isBy(pair.ours.password)) return
    this.#askedAt = now
    this.#isChecked = true
    if (!this.#keys) this.#dueSince ??= now
    this.listener.toBrowser(writeBindingResponse(request.transaction, source, pair.ours.password), source)
    const question = this.#browser.checked(source, request.nominates, pair, now)
    if (question) this.listener.toBrowser(question, source)
  }

  #answer(bytes: Buffer, source: Endpoint): void {
    const response = readBindingResponse(bytes)
    if (response) this.#browser.answered(source, response)
  }

  /** Accepts handshakes only from an address that passed a check. */
  #shake(bytes: Buffer, source: Endpoint, now: number): void {
    const shaking = this.#handshake
    if (!shaking || !this.#browser.mayShakeHands(source)) return
    if (shaking.at && !same(shaking.at, source)) shaking.hasMoved = true
    shaking.at = { address: source.address, port: source.port }
    shaking.machine.receive(bytes, now)
  }

  #shakeHands(fingerprint: Fingerprint): void {
    this.#handshake?.machine.close()
    this.#keys = undefined
    this.#dueSince = undefined
    const machine = new Handshake(this.certificate, fingerprint, {
      send: bytes => this.#sendFlight(bytes),
      secured: (ours, theirs) => this.#secured(ours, theirs),
      failed: ({ kind, why }) => this.#lost(kind, `DTLS: ${why}`),
    })
    this.#handshake = { with: fingerprint, machine, at: undefined, hasMoved: false }
  }

  #sendFlight(bytes: Buffer): void {
    const at = this.#handshake?.at
    if (at && this.#browser.takesFlight(at)) this.listener.toBrowser(bytes, at)
  }

  #secured(ours: MasterKey, theirs: MasterKey): void {
    this.#keys = { sender: new SrtpSender(ours), receiver: new SrtpReceiver(theirs) }
    this.#continuity = new Continuity(this.beginning)
    this.#sent = { packets: 0, octets: 0 }
    // The browser's last flight proves that it has read ours.
    if (this.#handshake?.at && !this.#handshake.hasMoved) this.#browser.prove(this.#handshake.at)
  }

  #carryToPlain(bytes: Buffer, now: number): void {
    const plain = this.#keys?.receiver.rtp(bytes)
    const packet = plain && readRtp(plain)
    if (!packet) return
    this.#receiver.heard(packet, now, false)
    const target = this.#agreement?.plain.hears === true ? this.#plain.rtpTarget : undefined
    if (!target) return
    const wasMuted = this.#isMuted
    this.#isMuted = !this.#plain.mayGo(now).rtp
    if (this.#isMuted) return wasMuted ? undefined : this.listener.muted(target)
    this.#overdub(plain, packet)
    this.listener.toPlain(plain, target)
  }

  /**
   * A browser on hold keeps sending silence or room noise. Its packets have correct numbers and times, so they carry the music
   * instead.
   */
  #overdub(plain: Buffer, { payloadType, marker, from, to }: RtpPacket): void {
    const hold = this.#agreement?.hold
    if (!hold?.voices.includes(payloadType)) return
    if (this.#player.next(hold.codec, plain.subarray(from, to)) !== 'sound') return
    plain[1] = hold.payloadType | (marker ? 0x80 : 0)
  }

  /** From the plain side. */
  #noteReport(bytes: Buffer, source: Endpoint): void {
    if (readRtcp(bytes)) this.#plain.admitsRtcp(source)
  }

  #report(bytes: Buffer, now: number): void {
    const plain = this.#keys?.receiver.rtcp(bytes)
    const report = plain && readRtcp(plain)
    if (report?.sender) this.#receiver.reported(report.sender.middle, now)
  }

  #sendReport(now: number, at: Instant, bye: boolean): void {
    const { target } = this.#browser
    if (!this.#keys || !target) return
    const { ssrc, cname } = this.beginning
    const sent = this.#sent.packets === 0 ? undefined : { at, timestamp: this.#continuity.timestampAt(now), ...this.#sent }
    const report = writeRtcp({ ssrc, cname, sent, block: this.#receiver.block(now), bye })
    const sealed = this.#keys.sender.rtcp(report)
    if (sealed) this.listener.toBrowser(sealed, target)
  }

  #lossAt(now: number): readonly [LossReason, string] | undefined {
    if (this.#refused >= wastefulAt) return ['wasteful', `${this.#refused} packets in a second`]
    if (!this.#agreement) return undefined
    const silence = now - this.#askedAt
    if (!this.#isChecked) return silence >= checkWithinMs ? ['noCheck', 'no connectivity check'] : undefined
    if (silence >= lostAfterMs) return ['silent', 'the browser asks no more']
    const isLate = !this.#keys && this.#dueSince !== undefined && now - this.#dueSince >= handshakeWithinMs
    return isLate ? ['noHandshake', 'DTLS: no handshake'] : undefined
  }

  #refuse(isBrowsers: boolean): void {
    if (isBrowsers) this.#refused += 1
    this.listener.refused()
  }

  #lost(reason: LossReason, why: string): void {
    if (this.#over) return
    this.#over = true
    this.listener.lost(reason, why)
  }
}

/** Distinguished by the first byte (RFC 7983). */
function kindOf(bytes: Buffer): 'check' | 'handshake' | 'report' | 'sound' | 'other' {
  const [first = 0] = bytes
  if (first < 4) return 'check'
  if (first >= 20 && first < 64) return 'handshake'
  if (first < 128 || first >= 192 || bytes.length < 2) return 'other'
  return isRtcp(bytes) ? 'report' : 'sound'
}
