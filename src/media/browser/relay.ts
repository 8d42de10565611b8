import type { Instant } from '../../foundation/time.js'
import type { FirstSeconds } from '../rtp/first-seconds.js'
import type { Music } from '../rtp/player.js'
import { readRtcp } from '../rtp/rtcp.js'
import { isRtcp, readRtp } from '../rtp/rtp.js'
import type { Endpoint } from '../sdp.js'
import type { LossReason } from '../port.js'
import { Association } from './association.js'
import { BrowserPlace } from './browser-place.js'
import { BrowserStreams } from './browser-streams.js'
import { Consent } from './consent.js'
import type { Certificate } from './dtls/certificate.js'
import type { Beginning } from './messages.js'
import type { Agreement } from './negotiation.js'
import { PacketBudget, type Sender } from './packet-budget.js'
import { PlainSide, type PlainSideListener } from './plain-side.js'
import { readBindingRequest, readBindingResponse, writeBindingResponse } from './stun.js'

/** Sends packets to both sides, and learns of the end of the leg. */
interface RelayListener extends PlainSideListener {
  toBrowser(bytes: Buffer, target: Endpoint): void
  /** A packet was not handled, because too many come. */
  refused(): void
  /** Called once. */
  lost(reason: LossReason, why: string): void
}

/**
 * One gateway without its sockets. It answers the browser's connectivity checks and its handshake, and then forwards RTP in both
 * directions. RTCP is not forwarded: the browser gets our own reports. All times are milliseconds since the process started.
 */
export class Relay {
  readonly #budget: PacketBudget
  readonly #consent = new Consent()
  readonly #browser = new BrowserPlace()
  readonly #association: Association
  readonly #streams: BrowserStreams
  readonly #plain: PlainSide
  #agreement: Agreement | undefined
  #over = false

  constructor(
    beginning: Beginning,
    certificate: Certificate,
    private readonly listener: RelayListener,
    /** Shared by all legs. Undefined: this leg counts alone. */
    firstSeconds?: FirstSeconds,
  ) {
    this.#budget = new PacketBudget(() => listener.refused())
    this.#association = new Association(certificate, this.#browser, {
      send: (bytes, target) => listener.toBrowser(bytes, target),
      secured: () => this.#streams.restart(),
      failed: (reason, why) => this.#lost(reason, why),
    })
    this.#streams = new BrowserStreams(beginning)
    this.#plain = new PlainSide(listener, firstSeconds)
  }

  /** `music`: what a party held by the browser hears. */
  agree(agreement: Agreement, music: Music | undefined, now: number): void {
    const { credentials, theirs, fingerprint } = agreement
    this.#agreement = agreement
    this.#consent.agree({ ours: credentials, theirs }, now)
    this.#plain.agree(agreement, music, now)
    this.#association.expect(fingerprint)
  }

  fromBrowser(bytes: Buffer, source: Endpoint, now: number): void {
    if (this.#over) return
    const kind = kindOf(bytes)
    const sender = this.#browser.isAt(source) ? 'browser' : 'stranger'
    // A stranger's check is counted only if it has our user fragment. So a flood of others can't block the browser.
    if (sender === 'stranger' && kind === 'check') return this.#check(bytes, source, now, 'strangersCheck')
    if (!this.#budget.takes(sender, now)) return
    switch (kind) {
      case 'check':
        return this.#check(bytes, source, now)
      case 'handshake':
        return this.#association.receive(bytes, source, now)
      case 'report':
        return this.#report(bytes, now)
      case 'sound':
        return this.#carryToPlain(bytes, now)
      case 'other':
    }
  }

  /** A packet of the plain side. RTCP is not forwarded: it only shows where the plain side is. */
  fromPlain(bytes: Buffer, source: Endpoint, now: number): void {
    if (this.#over || !this.#agreement) return
    if (isRtcp(bytes)) return this.#noteReport(bytes, source)
    const packet = readRtp(bytes)
    const { target } = this.#browser
    const { keys } = this.#association
    if (!packet || !target || !keys || !this.#agreement.browserHears) return
    if (!this.#plain.admitsRtp(source) || !this.#budget.takes('plain', now)) return
    const index = this.#streams.number(packet, bytes, now)
    if (index === undefined) return
    const sealed = keys.sender.rtp(bytes, packet.from, index)
    if (!sealed) return
    this.listener.toBrowser(sealed, target)
    this.#streams.sent(packet)
  }

  /** Call it about once per second. Reports a lost browser and sends a report when due. */
  look(now: number, at: Instant): void {
    if (this.#over) return
    const loss = this.#lossAt(now)
    if (loss) return this.#lost(...loss)
    this.#browser.look(now)
    this.#association.look(now)
    if (this.#association.keys && this.#browser.target && this.#streams.reportIsDue(now)) this.#sendReport(now, at, false)
  }

  /** Ends the leg. Nothing more is read. */
  fail(why: string): void {
    this.#lost('fault', why)
  }

  close(now: number, at: Instant): void {
    this.#over = true
    this.#sendReport(now, at, true)
    this.#association.close()
  }

  /** `counted`: the check is not yet counted; it is one of this sender's. */
  #check(bytes: Buffer, source: Endpoint, now: number, counted?: Sender): void {
    const request = readBindingRequest(bytes)
    if (!request) return this.#answer(bytes, source)
    const pair = this.#consent.credentialsFor(request.username)
    if (!pair || (counted && !this.#budget.takes(counted, now)) || !request.isBy(pair.ours.password)) return
    this.#consent.give(now)
    this.#association.checked(now)
    this.listener.toBrowser(writeBindingResponse(request.transaction, source, pair.ours.password), source)
    const question = this.#browser.checked(source, request.nominates, pair, now)
    if (question) this.listener.toBrowser(question, source)
  }

  #answer(bytes: Buffer, source: Endpoint): void {
    const response = readBindingResponse(bytes)
    if (response) this.#browser.answered(source, response)
  }

  #carryToPlain(bytes: Buffer, now: number): void {
    const plain = this.#association.keys?.receiver.rtp(bytes)
    const packet = plain && readRtp(plain)
    if (!packet) return
    this.#streams.heard(packet, now)
    this.#plain.send(plain, packet, now)
  }

  /** Handles RTCP of the plain side. */
  #noteReport(bytes: Buffer, source: Endpoint): void {
    if (readRtcp(bytes)) this.#plain.admitsRtcp(source)
  }

  #report(bytes: Buffer, now: number): void {
    const plain = this.#association.keys?.receiver.rtcp(bytes)
    const report = plain && readRtcp(plain)
    if (report?.sender) this.#streams.reported(report.sender.middle, now)
  }

  #sendReport(now: number, at: Instant, bye: boolean): void {
    const { target } = this.#browser
    const { keys } = this.#association
    if (!keys || !target) return
    const sealed = keys.sender.rtcp(this.#streams.report(now, at, bye))
    if (sealed) this.listener.toBrowser(sealed, target)
  }

  #lossAt(now: number): readonly [LossReason, string] | undefined {
    const refused = this.#budget.look()
    if (refused !== undefined) return ['wasteful', `${refused} packets in a second`]
    const isLate = this.#association.isLate(now)
    return this.#consent.lossAt(now) ?? (isLate ? ['noHandshake', 'DTLS: no handshake'] : undefined)
  }

  #lost(reason: LossReason, why: string): void {
    if (this.#over) return
    this.#over = true
    this.listener.lost(reason, why)
  }
}

/** The kind of a packet from the browser's port, by its first byte (RFC 7983). */
function kindOf(bytes: Buffer): 'check' | 'handshake' | 'report' | 'sound' | 'other' {
  const [first = 0] = bytes
  if (first < 4) return 'check'
  if (first >= 20 && first < 64) return 'handshake'
  if (first < 128 || first >= 192 || bytes.length < 2) return 'other'
  return isRtcp(bytes) ? 'report' : 'sound'
}
