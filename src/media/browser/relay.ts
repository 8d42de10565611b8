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

/** The two sides' sockets, and the end. */
export interface RelayListener {
  toBrowser(bytes: Buffer, target: Endpoint): void
  toPlain(bytes: Buffer, target: Endpoint): void
  /** A packet that is not looked at, as too many come. */
  refused(): void
  /** The browser's sound goes to its plain side no more, until a packet comes from there. */
  muted(place: Endpoint): void
  /** Told once. */
  lost(reason: LossReason, why: string): void
}

interface Shaking {
  readonly with: Fingerprint
  readonly machine: Handshake
  /** Where the handshake's datagrams come from; ours go there. */
  at: Endpoint | undefined
  /** They came from several addresses: then the end of the handshake proves none of them. */
  hasMoved: boolean
}

/** A browser that asked nothing for so long has gone (RFC 7675 §5.1). */
export const lostAfterMs = 30_000
/** Browsers check at once when they know our description; a leg that never does gives its ports back for others. */
export const checkWithinMs = 10_000
/** From the first check on. A handshake takes three round trips. */
export const handshakeWithinMs = 20_000
/** A second: audio of 10 ms frames has 100, and some 10 reports and checks. What waited in the network comes at once. */
export const allowed = { perSecond: 400, atOnce: 400 }
/** Of addresses that are not the browser's: its checks on other ways to us, and as many packets of sound. */
export const allowedStrangers = { perSecond: 100, atOnce: 200 }
/** Refused packets of the browser's address within a second, at which the leg is ended, so that the kernel refuses the rest. */
export const wastefulAt = 5000
const reportEveryMs = 5000

/**
 * One gateway without its sockets: answers the browser's connectivity checks and its handshake, then carries RTP both ways. RTCP ends here on
 * both sides: the browser gets reports of ours. All times are milliseconds since the thread began.
 */
export class Relay {
  /** Made for each key, as a new one starts with the first turn of the wheel (RFC 3711 §3.3.1). */
  #continuity: Continuity
  readonly #receiver = new Receiver()
  readonly #player = new Player()
  #agreement: Agreement | undefined
  /** Those agreed last, and those before, under which the browser may still be checking. */
  #credentials: readonly CredentialPair[] = []
  readonly #plain: SoundPlace
  #isMuted = false
  readonly #browser = new BrowserPlace()
  #handshake: Shaking | undefined
  /** Since when a handshake is due: from then on the browser could. */
  #dueSince: number | undefined
  #keys: { readonly sender: SrtpSender; readonly receiver: SrtpReceiver } | undefined
  /** Of the last check; before one, of the agreement. */
  #askedAt = 0
  #isChecked = false
  readonly #allowance = new Allowance(allowed.perSecond, allowed.atOnce)
  readonly #strangers = new Allowance(allowedStrangers.perSecond, allowedStrangers.atOnce)
  readonly #checks = new Allowance(allowedStrangers.perSecond, allowedStrangers.atOnce)
  readonly #plainAllowance = new Allowance(allowed.perSecond, allowed.atOnce)
  /** Since the last look. */
  #refused = 0
  #reportAt = 0
  #sent = { packets: 0, octets: 0 }
  #over = false

  constructor(
    private readonly beginning: Beginning,
    private readonly certificate: Certificate,
    private readonly listener: RelayListener,
    /** Shared by all legs; undefined: this one counts alone. */
    firstSeconds?: FirstSeconds,
  ) {
    this.#plain = new SoundPlace(firstSeconds)
    this.#continuity = new Continuity(beginning)
  }

  /** `music`: for whom the browser holds. */
  agree(agreement: Agreement, music: Music | undefined, now: number): void {
    const { credentials, theirs, fingerprint, plain } = agreement
    if (!this.#agreement) this.#askedAt = now
    this.#agreement = agreement
    const before = this.#credentials.filter(({ ours }) => ours.ufrag !== credentials.ufrag)
    this.#credentials = [{ ours: credentials, theirs }, ...before.slice(0, 1)]
    this.#plain.goTo(plain, { rtp: plain.vouching, rtcp: plain.vouching }, now)
    if (music) this.#player.loop(music.id, music.sound)
    else this.#player.silence()
    // Another certificate is another browser, or the same one anew (RFC 8842 §3.1).
    if (this.#handshake?.with.hash !== fingerprint.hash) this.#shakeHands(fingerprint)
  }

  fromBrowser(bytes: Buffer, source: Endpoint, now: number): void {
    if (this.#over) return
    const kind = kindOf(bytes)
    const isBrowsers = this.#browser.isAt(source)
    // A stranger's check is counted when its name is ours, so that a flood of others does not keep the browser out.
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

  /** RTCP that comes beside ends here: it tells where the plain side is. */
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

  /** To be called about every second: tells of a lost browser, and sends the report that is due. */
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

  /** Ends the leg: nothing that comes is read any more. */
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

  /** Only with an address that passed a check. */
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
    // The last flight of the browser holds what only somebody who read ours can know.
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

  /** On hold a browser goes on to send, silence or the room: its packets, whose numbers and times are right, carry music instead. */
  #overdub(plain: Buffer, { payloadType, marker, from, to }: RtpPacket): void {
    const hold = this.#agreement?.hold
    if (!hold?.voices.includes(payloadType)) return
    if (this.#player.next(hold.codec, plain.subarray(from, to)) !== 'sound') return
    plain[1] = hold.payloadType | (marker ? 0x80 : 0)
  }

  /** Of the plain side. */
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

/** By the first byte (RFC 7983). */
function kindOf(bytes: Buffer): 'check' | 'handshake' | 'report' | 'sound' | 'other' {
  const [first = 0] = bytes
  if (first < 4) return 'check'
  if (first >= 20 && first < 64) return 'handshake'
  if (first < 128 || first >= 192 || bytes.length < 2) return 'other'
  return isRtcp(bytes) ? 'report' : 'sound'
}
