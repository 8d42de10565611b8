import type { Instant } from '../../foundation/time.js'
import { Latch } from '../builtin/latch.js'
import { Player, type Music } from '../builtin/player.js'
import { Receiver } from '../builtin/receiver.js'
import { readRtcp, writeRtcp } from '../builtin/rtcp.js'
import { isRtcp, readRtp, type RtpPacket } from '../builtin/rtp.js'
import type { Credentials, Endpoint, Fingerprint } from '../sdp.js'
import { Continuity } from './continuity.js'
import type { Certificate } from './dtls/certificate.js'
import { Handshake } from './dtls/handshake.js'
import type { Beginning } from './messages.js'
import type { Agreement } from './negotiation.js'
import { SrtpReceiver, SrtpSender, type MasterKey } from './srtp.js'
import { readBindingRequest, writeBindingResponse } from './stun.js'

/** The two sides' sockets, and the end. */
export interface RelayListener {
  toBrowser(bytes: Buffer, target: Endpoint): void
  toPlain(bytes: Buffer, target: Endpoint): void
  /** Told once. */
  lost(why: string): void
}

/** A browser that asked nothing for so long has gone, or never came (RFC 7675 §5.1). */
export const lostAfterMs = 30_000
const reportEveryMs = 5000

/**
 * One gateway without its sockets: answers the browser's connectivity checks and its handshake, then carries RTP both ways. RTCP ends here on
 * both sides: the browser gets reports of ours. All times are milliseconds since the thread began.
 */
export class Relay {
  readonly #continuity: Continuity
  readonly #receiver = new Receiver()
  readonly #player = new Player()
  #agreement: Agreement | undefined
  /** Ours: those agreed last, and those before, under which the browser may still be checking. */
  #credentials: readonly Credentials[] = []
  #latch: Latch | undefined
  /** Where the browser is: whence it nominated last, or first asked. */
  #browser: Endpoint | undefined
  #nominated = false
  #handshake: { readonly with: Fingerprint; readonly since: number; readonly machine: Handshake } | undefined
  #keys: { readonly sender: SrtpSender; readonly receiver: SrtpReceiver } | undefined
  #askedAt = 0
  #reportAt = 0
  #sent = { packets: 0, octets: 0 }
  #over = false

  constructor(
    private readonly beginning: Beginning,
    private readonly certificate: Certificate,
    private readonly listener: RelayListener,
  ) {
    this.#continuity = new Continuity(beginning)
  }

  /** `music`: for whom the browser holds. */
  agree(agreement: Agreement, music: Music | undefined, now: number): void {
    const { credentials, fingerprint, plain } = agreement
    if (!this.#agreement) this.#askedAt = now
    this.#agreement = agreement
    const [latest] = this.#credentials
    if (latest?.ufrag !== credentials.ufrag) this.#credentials = latest ? [credentials, latest] : [credentials]
    if (!this.#latch?.follows(plain.rtp)) this.#latch = new Latch(plain.rtp)
    if (music) this.#player.loop(music.id, music.sound)
    else this.#player.silence()
    // Another certificate is another browser, or the same one anew (RFC 8842 §3.1).
    if (this.#handshake?.with.hash !== fingerprint.hash) this.#shakeHands(fingerprint, now)
  }

  /** By the first byte (RFC 7983). */
  fromBrowser(bytes: Buffer, source: Endpoint, now: number): void {
    if (this.#over) return
    const [first = 0] = bytes
    if (first < 4) return this.#check(bytes, source, now)
    if (first >= 20 && first < 64) return this.#isBrowser(source) ? this.#handshake?.machine.receive(bytes, now) : undefined
    if (first < 128 || first >= 192 || bytes.length < 2) return
    if (isRtcp(bytes)) this.#report(bytes, now)
    else this.#carryToPlain(bytes, now)
  }

  /** RTCP that comes beside ends here. */
  fromPlain(bytes: Buffer, source: Endpoint, now: number): void {
    const packet = readRtp(bytes)
    const target = this.#browser
    if (!packet || !target || !this.#keys || this.#agreement?.browserHears !== true || this.#latch?.admits(source) !== true)
      return
    const index = this.#continuity.next(packet, bytes, now)
    if (index === undefined) return
    this.listener.toBrowser(this.#keys.sender.rtp(bytes, packet.from, index), target)
    this.#sent.packets += 1
    this.#sent.octets += packet.to - packet.from
  }

  /** To be called about every second: tells of a lost browser, and sends the report that is due. */
  look(now: number, at: Instant): void {
    if (this.#agreement && now - this.#askedAt >= lostAfterMs) return this.#lost('the browser asks no more')
    if (this.#handshake && !this.#keys && now - this.#handshake.since >= lostAfterMs) return this.#lost('DTLS: no handshake')
    if (!this.#keys || !this.#browser || now < this.#reportAt) return
    this.#reportAt = now + reportEveryMs
    this.#sendReport(now, at, false)
  }

  /** Ends the leg: nothing that comes is read any more. */
  fail(why: string): void {
    this.#lost(why)
  }

  close(now: number, at: Instant): void {
    this.#over = true
    this.#sendReport(now, at, true)
    this.#handshake?.machine.close()
  }

  #check(bytes: Buffer, source: Endpoint, now: number): void {
    const request = readBindingRequest(bytes)
    if (!request) return
    const ours = this.#credentials.find(({ ufrag }) => request.username.startsWith(`${ufrag}:`))
    if (!ours || !request.isBy(ours.password)) return
    this.#askedAt = now
    if (request.nominates || !this.#nominated) this.#browser = { address: source.address, port: source.port }
    this.#nominated ||= request.nominates
    this.listener.toBrowser(writeBindingResponse(request.transaction, source, ours.password), source)
  }

  #isBrowser({ address, port }: Endpoint): boolean {
    return this.#browser?.address === address && this.#browser.port === port
  }

  #shakeHands(fingerprint: Fingerprint, now: number): void {
    this.#handshake?.machine.close()
    this.#keys = undefined
    const machine = new Handshake(this.certificate, fingerprint, {
      send: bytes => {
        if (this.#browser) this.listener.toBrowser(bytes, this.#browser)
      },
      secured: (ours, theirs) => this.#secured(ours, theirs),
      failed: ({ why }) => this.#lost(`DTLS: ${why}`),
    })
    this.#handshake = { with: fingerprint, since: now, machine }
  }

  #secured(ours: MasterKey, theirs: MasterKey): void {
    this.#keys = { sender: new SrtpSender(ours), receiver: new SrtpReceiver(theirs) }
  }

  #carryToPlain(bytes: Buffer, now: number): void {
    const plain = this.#keys?.receiver.rtp(bytes)
    const packet = plain && readRtp(plain)
    if (!packet) return
    this.#receiver.heard(packet, now, false)
    if (this.#agreement?.plain.hears !== true || !this.#latch) return
    this.#overdub(plain, packet)
    this.listener.toPlain(plain, this.#latch.target)
  }

  /** On hold a browser goes on to send, silence or the room: its packets, whose numbers and times are right, carry music instead. */
  #overdub(plain: Buffer, { payloadType, marker, from, to }: RtpPacket): void {
    const hold = this.#agreement?.hold
    if (!hold?.voices.includes(payloadType)) return
    if (this.#player.next(hold.codec, plain.subarray(from, to)) !== 'sound') return
    plain[1] = hold.payloadType | (marker ? 0x80 : 0)
  }

  #report(bytes: Buffer, now: number): void {
    const plain = this.#keys?.receiver.rtcp(bytes)
    const report = plain && readRtcp(plain)
    if (report?.sender) this.#receiver.reported(report.sender.middle, now)
  }

  #sendReport(now: number, at: Instant, bye: boolean): void {
    if (!this.#keys || !this.#browser) return
    const { ssrc, cname } = this.beginning
    const sent = this.#sent.packets === 0 ? undefined : { at, timestamp: this.#continuity.timestampAt(now), ...this.#sent }
    const report = writeRtcp({ ssrc, cname, sent, block: this.#receiver.block(now), bye })
    this.listener.toBrowser(this.#keys.sender.rtcp(report), this.#browser)
  }

  #lost(why: string): void {
    if (this.#over) return
    this.#over = true
    this.listener.lost(why)
  }
}
